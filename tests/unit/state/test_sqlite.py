"""SQLite files that somebody else has made, and forks."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pytest_promptevo.errors import StateError
from pytest_promptevo.state import sqlite
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_child_writes_outlives_its_parent_and_the_last_other_user(made):
    made.prepare()
    made.switch("b", "off")  # the parent has the file open, and has a log of writes
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        is_done = False
        try:
            made.switch("c", "off")
            os.write(ready[1], b".")
            os.read(go[0], 1)
            made.switch("d", "off")  # committed, says SQLite
            is_done = made.standing("a", "").mode == "on"  # and what others write is seen
        finally:
            os._exit(0 if is_done else 1)
    os.read(ready[0], 1)
    made.close()
    other = SqliteState(made.path)
    other.prepare()
    other.switch("a", "on")
    other.close()
    os.write(go[1], b".")
    assert os.waitpid(child, 0)[1] == 0
    assert [other.standing(suite, "").mode for suite in "abcd"] == ["on", "off", "off", "off"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_does_not_wait_for_a_thread_that_takes_long(made, monkeypatch):
    def fork():
        child = os.fork()
        if child == 0:  # pragma: no cover
            os._exit(0)
        return child

    monkeypatch.setattr(sqlite, "_FORK_SECONDS", 0.05)
    made.prepare()
    with ThreadPoolExecutor(1) as pool, made.reading():
        assert os.waitpid(pool.submit(fork).result(5), 0)[1] == 0
    assert made.standing("a", "").mode == "off"
