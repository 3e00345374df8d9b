"""SQLite files that somebody else has made."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from pytest_promptevo.errors import StateError
from pytest_promptevo.state.sqlite import SqliteState


@pytest.fixture
def made(tmp_path):
    state = SqliteState(tmp_path / "live.sqlite")
    state.prepare()
    state.switch("a", "off")
    state.close()
    return state


def changed(state, *statements):
    with closing(sqlite3.connect(state.path)) as database, database:
        for statement in statements:
            database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    "statements",
    [
        (
            "DROP TABLE promptevo_switch",
            "CREATE VIEW promptevo_switch AS WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL "
            "SELECT n + 1 FROM more) SELECT n AS suite, n AS mode FROM more",
        ),
        (
            "CREATE TRIGGER grow AFTER UPDATE ON promptevo_meta BEGIN "
            "INSERT INTO promptevo_queue (inputs) VALUES (randomblob(1000000000)); END",
        ),
        (
            "DROP INDEX promptevo_first_of_unit",
            "CREATE UNIQUE INDEX promptevo_first_of_unit ON promptevo_outcome "
            "(suite, lineup, version, unit) WHERE hex(zeroblob(100000000)) <> ''",
        ),
        (
            "DROP TABLE promptevo_switch",
            "CREATE TABLE promptevo_switch (suite, mode AS (hex(suite)), who, why, at)",
        ),
    ],
    ids=["view", "trigger", "index", "generated"],
)
def test_a_file_whose_schema_runs_something_is_refused(made, statements):
    changed(made, *statements)
    for use in (made.prepare, lambda: made.standing("a", "b"), lambda: made.switch("a", "on")):
        with pytest.raises(StateError, match="no version of pytest-promptevo has made its"):
            use()


def test_tables_of_ours_are_taken_however_often_they_were_opened(made):
    for _ in range(3):
        made.prepare()
        assert made.standing("a", "b").mode == "off"
        made.close()
    database = sqlite3.connect(made.path)
    assert database.execute("PRAGMA page_size").fetchone() == (1024,)
    database.close()


def test_what_takes_too_long_ends(made, monkeypatch):
    monkeypatch.setattr("pytest_promptevo.state.sqlite._LONGEST_SECONDS", -4.8)
    made.prepare()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(StateError, match=r"live\.sqlite cannot be used: it takes too long"):
        with made.reading() as session:
            session.rows(endless)
