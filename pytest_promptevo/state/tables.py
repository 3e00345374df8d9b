"""The tables, as SQLite and PostgreSQL both take them."""

from __future__ import annotations

SCHEMA = "1"
"""Version of the tables, in ``promptevo_meta``."""

EVIDENCE = ""
"""What ``left_out`` says of an outcome that is evidence."""

NO_ALLOCATION = "no allocation"
FOREIGN = "foreign"
LATE = "late"
OTHER_LOCK = "of another lock"
UNIT_AGAIN = "the unit has another"

BANDIT = (
    "CREATE TABLE IF NOT EXISTS promptevo_bandit "
    "(name TEXT, arm TEXT, n BIGINT, total DOUBLE PRECISION, PRIMARY KEY (name, arm))"
)
"""Makes the table of a `ThompsonBandit`, which may keep it in the file of a store."""


def statements(serial: str) -> tuple[str, ...]:
    """Returns what makes the tables that are missing.

    Args:
        serial: Type of a primary key that numbers the rows in order.
    """
    return (
        "CREATE TABLE IF NOT EXISTS promptevo_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS promptevo_rollout (suite TEXT, lineup TEXT, seq BIGINT, "
        "first_version BIGINT, first_seq BIGINT, origin TEXT, progress TEXT, at DOUBLE PRECISION, "
        "PRIMARY KEY (suite, lineup))",
        "CREATE TABLE IF NOT EXISTS promptevo_allocation (suite TEXT, lineup TEXT, "
        "version BIGINT, seq BIGINT, stage INTEGER, weights TEXT, why TEXT, at DOUBLE PRECISION, "
        "PRIMARY KEY (suite, lineup, version))",
        f"CREATE TABLE IF NOT EXISTS promptevo_outcome (seq {serial}, "
        "decision TEXT NOT NULL, suite TEXT NOT NULL, lineup TEXT NOT NULL, "
        "version BIGINT NOT NULL, arm TEXT NOT NULL, unit TEXT NOT NULL, "
        "reward DOUBLE PRECISION NOT NULL, quality DOUBLE PRECISION NOT NULL, "
        "error INTEGER NOT NULL, latency_ms DOUBLE PRECISION, tokens DOUBLE PRECISION, "
        "repairs DOUBLE PRECISION, left_out TEXT NOT NULL, at DOUBLE PRECISION NOT NULL)",
        # What came through another suite, key or lock must not take the place of the outcome.
        "CREATE UNIQUE INDEX IF NOT EXISTS promptevo_first_of_decision ON promptevo_outcome "
        f"(decision, (left_out IN ('{FOREIGN}', '{OTHER_LOCK}')))",
        "CREATE UNIQUE INDEX IF NOT EXISTS promptevo_first_of_unit ON promptevo_outcome "
        "(suite, lineup, version, unit) WHERE unit <> '' AND left_out = ''",
        "CREATE TABLE IF NOT EXISTS promptevo_exposure (suite TEXT, lineup TEXT, version BIGINT, "
        "arm TEXT, chosen BIGINT, reported BIGINT, PRIMARY KEY (suite, lineup, version, arm))",
        f"CREATE TABLE IF NOT EXISTS promptevo_queue (id {serial}, suite TEXT, decision TEXT, "
        "inputs TEXT, answer TEXT, expected TEXT, status TEXT, at DOUBLE PRECISION, "
        "UNIQUE (suite, decision))",
        "CREATE TABLE IF NOT EXISTS promptevo_switch (suite TEXT PRIMARY KEY, mode TEXT, "
        "who TEXT, why TEXT, at DOUBLE PRECISION)",
    )
