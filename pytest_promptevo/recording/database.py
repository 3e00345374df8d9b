"""The SQLite file of the local store: its tables and how it is opened."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import fields
from typing import TYPE_CHECKING

from pytest_promptevo.recording.record import Recording

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 1
COLUMNS = tuple(each.name for each in fields(Recording))
"""Columns of the table ``answers``."""

POLL_SECONDS = 0.05
"""How long a process waits before it looks again."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS answers (
    {", ".join(COLUMNS)},
    PRIMARY KEY (key, max_tokens)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (key PRIMARY KEY, owner, until REAL) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
""".replace("max_tokens,", "max_tokens INTEGER NOT NULL,", 1)
_RUNS = "CREATE TABLE IF NOT EXISTS runs (key PRIMARY KEY, run) WITHOUT ROWID"
_OPEN_SECONDS = 60.0


def open_database(path: Path) -> sqlite3.Connection:
    """Opens the store's file; makes it, its folder and its tables where they are missing.

    Raises:
        sqlite3.DatabaseError: if the file is none of ours.
        OSError: if it cannot be made.
    """
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        _set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    """Makes the tables; SQLite does not wait for a lock while it switches to WAL, so we do."""
    patience = time.monotonic() + _OPEN_SECONDS
    while True:
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise sqlite3.DatabaseError(f"made by another version ({version})")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if version == 0:
                connection.executescript(_SCHEMA)
            connection.execute(_RUNS)
            return
        except sqlite3.OperationalError as bad:
            if "locked" not in str(bad) or time.monotonic() > patience:
                raise
            time.sleep(POLL_SECONDS)
