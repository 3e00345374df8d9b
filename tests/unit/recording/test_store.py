from __future__ import annotations

import multiprocessing
import os
import sqlite3
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import RecordingError
from pytest_promptevo.recording.database import Database
from pytest_promptevo.recording.store import Store
from unit.support import make_recording

from .asking import REQUEST, answerer, ask, ask_for_ever, put_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SPAWN = multiprocessing.get_context("spawn")
KEY = make_recording().key


def key_of(params: str) -> str:
    return make_recording(params=params).key


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store" / "answers.sqlite")
    yield made
    made.close()


def again(store: Store) -> Store:
    store.close()
    return Store(store.path)


def test_a_run_finds_what_its_own_processes_put(store: Store) -> None:
    made = make_recording(max_tokens=16)
    store.put(make_recording(max_tokens=None, text="old"))
    store.put(made, "this run")
    other = again(store)
    assert other.get_of("this run", made.key, 16) == made
    assert other.get_of("another run", made.key, 16) is None
    other.put(made, "another run")
    assert other.get_of("this run", made.key, 16) is None
    other.close()


def test_a_file_of_version_1_serves_on(store: Store) -> None:
    store.put(made := make_recording(max_tokens=16))
    store.close()
    with closing(sqlite3.connect(store.path)) as database, database:
        for table in ("runs", "claims", "slots", "outages"):
            database.execute(f"DROP TABLE {table}")
        database.execute("CREATE TABLE claims (key PRIMARY KEY, owner, until REAL) WITHOUT ROWID")
        database.execute("INSERT INTO claims VALUES ('k1/16', '1-1', 1e12)")
        database.execute("CREATE TABLE runs (key PRIMARY KEY, run) WITHOUT ROWID")
        database.execute("PRAGMA user_version = 1")
    database.close()
    later = Store(store.path)
    assert later.get(made.key, 16) == made
    assert later.coordination.claim(made.key, 16)
    later.put(made, "run")
    assert later.get_of("run", made.key, 16) == made
    later.close()


def test_a_file_of_version_2_serves_on(store: Store) -> None:
    store.put(made := make_recording(max_tokens=16))
    store.close()
    with closing(sqlite3.connect(store.path)) as database, database:
        for column in ("cached_tokens", "prompt_ms"):
            database.execute(f"ALTER TABLE answers DROP COLUMN {column}")
        database.execute("PRAGMA user_version = 2")
    database.close()
    later = Store(store.path)
    assert later.get(made.key, 16) == made
    told = make_recording(params="k2", max_tokens=16, cached_tokens=3, prompt_ms=7.5)
    later.put(told)
    later.close()
    last = Store(store.path)
    assert last.get(told.key, 16) == told
    last.close()


def run_together(target: Callable[..., None], folder: Path, count: int) -> None:
    together = SPAWN.Barrier(count)
    processes = [SPAWN.Process(target=target, args=(folder, together, at)) for at in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * count


def test_reading_makes_no_file(store: Store, tmp_path: Path) -> None:
    assert store.get(KEY, 16) is None
    assert list(tmp_path.iterdir()) == []


def test_the_folder_ignores_itself(store: Store) -> None:
    store.put(make_recording())
    assert (store.path.parent / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("limit", [16, None])
def test_an_answer_is_kept(store: Store, limit: int | None) -> None:
    made = make_recording(max_tokens=limit, text="a\nb é😀")
    store.put(made)
    assert store.get(KEY, limit) == made
    other = again(store)
    assert other.get(KEY, limit) == made
    other.close()


def test_an_answer_serves_other_limits(store: Store) -> None:
    store.put(make_recording())
    other = again(store)
    assert other.get(KEY, 99) == make_recording()
    assert other.get(KEY, 3) is None
    other.close()


def test_an_answer_to_the_same_request_is_replaced(store: Store) -> None:
    store.put(make_recording(text="old"))
    store.put(make_recording(text="new"))
    found = [store.get(KEY, 16), (other := again(store)).get(KEY, 16)]
    assert [each.text for each in found if each] == ["new", "new"]
    other.close()


def test_answers_under_several_limits_are_all_kept(store: Store) -> None:
    made = [make_recording(max_tokens=limit, finish="length", text=str(limit)) for limit in (4, 8)]
    for each in made:
        store.put(each)
    other = again(store)
    assert [other.get(KEY, limit) for limit in (4, 8)] == made
    other.close()


def test_what_another_store_wrote_is_seen(store: Store) -> None:
    store.put(make_recording(params="other"))
    assert store.get(KEY, 16) is None
    other = Store(store.path)
    other.put(make_recording())
    other.close()
    assert store.get(KEY, 16) == make_recording()


def test_one_of_two_owners_claims(store: Store) -> None:
    other = Store(store.path)
    assert store.coordination.claim(KEY, 16)
    assert not other.coordination.claim(KEY, 16)
    assert other.coordination.claim(KEY, 8)
    assert store.coordination.claim(KEY, 16)
    other.close()


@pytest.mark.parametrize(
    "end",
    [lambda store: store.coordination.release(KEY, 16), lambda store: store.put(make_recording())],
)
def test_a_claim_ends_with_an_answer_or_a_failure(
    store: Store, end: Callable[[Store], Any]
) -> None:
    other = Store(store.path)
    assert store.coordination.claim(KEY, 16)
    end(store)
    assert other.coordination.claim(KEY, 16)
    other.close()


def test_nobody_releases_the_claim_of_another(store: Store) -> None:
    other = Store(store.path)
    assert store.coordination.claim(KEY, None)
    other.coordination.release(KEY, None)
    assert not other.coordination.claim(KEY, None)
    other.close()


def test_a_call_may_take_as_long_as_it_likes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Store(store.path)
    assert store.coordination.claim(KEY, 16)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert not other.coordination.claim(KEY, 16)
    other.close()


def test_a_store_that_is_closed_claims_nothing_any_longer(store: Store) -> None:
    assert store.coordination.claim(KEY, 16)
    store.close()
    other = Store(store.path)
    assert any(other.coordination.claim(KEY, 16) for _ in range(2))
    other.close()
    assert not list(store.path.parent.glob("*.alive"))


def test_of_several_processes_one_asks_and_the_others_wait(tmp_path: Path) -> None:
    run_together(ask, tmp_path, 3)
    assert len(list(tmp_path.glob("asked-*"))) == 1
    assert [path.read_text() for path in tmp_path.glob("got-*")] == ["answer"] * 3


def test_several_processes_write_side_by_side(tmp_path: Path) -> None:
    run_together(put_many, tmp_path, 3)
    store = Store(tmp_path / "store" / "answers.sqlite")
    assert all(store.get(key_of(f"{at}-{each}"), 16) for at in range(3) for each in range(20))
    store.close()


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[int]:
    """A process that was killed while it asked, and that nobody has waited for."""
    process = SPAWN.Process(target=ask_for_ever, args=(tmp_path,))
    process.start()
    while not (tmp_path / "asking").exists():
        assert process.is_alive()
        time.sleep(0.02)
    process.kill()
    assert process.pid is not None
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # type: ignore[attr-defined]
    yield process.pid
    process.join(60)


needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs zombies")


@needs_posix
def test_the_claim_of_a_killed_process_is_taken_over_while_it_is_a_zombie(
    killed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.kill(killed, 0)  # by its number it seems to live
    answers = answerer(tmp_path, lambda _request: "mine")
    answers.digests[REQUEST.model] = "sha256:1"
    waits = iter([None])  # one look finds that nobody is there; a second wait is an error
    monkeypatch.setattr(answers.store.coordination, "wait", lambda: next(waits))
    assert answers.answer(REQUEST, "a").text == "mine"
    answers.store.close()


@needs_posix
def test_whoever_comes_next_sweeps_away_what_the_killed_leave(killed: int, tmp_path: Path) -> None:
    store = Store(tmp_path / "store" / "answers.sqlite")
    assert len(list(store.path.parent.glob("*.alive"))) == 1, killed
    assert store.coordination.claim("another", 16)
    assert len(list(store.path.parent.glob("*.alive"))) == 1
    with closing(sqlite3.connect(store.path)) as database, database:
        assert [row[0] for row in database.execute("SELECT key FROM claims")] == ["another"]
    database.close()
    store.close()


@pytest.mark.parametrize("owner", ["1-1", "../../etc/passwd", None, 7, "0123456789abcdef"])
def test_an_owner_that_is_nobody_holds_nothing(store: Store, owner: Any) -> None:
    store.put(make_recording())
    with closing(sqlite3.connect(store.path)) as database, database:
        database.execute("INSERT INTO claims VALUES (?, 16, ?)", (KEY, owner))
    database.close()
    assert not store.coordination.claim(KEY, 16)
    assert store.coordination.claim(KEY, 16)


def damage_text(path: Path) -> None:
    path.write_text("no database at all, but long enough to be read as one " * 20)


def damage_pages(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[100:] = b"\xff" * (len(raw) - 100)
    path.write_bytes(raw)


def damage_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def damage_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE answers")
    connection.close()


def damage_kind(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "damage", [damage_text, damage_pages, damage_version, damage_tables, damage_kind]
)
def test_a_damaged_file_is_an_error_that_names_it(
    store: Store, damage: Callable[[Path], None]
) -> None:
    store.put(make_recording())
    store.close()
    damage(store.path)
    other = Store(store.path)
    for use in (lambda: other.get(KEY, 16), lambda: other.put(make_recording())):
        with pytest.raises(
            RecordingError, match=r"answers\.sqlite: the local store cannot be used"
        ):
            use()
    other.close()


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    store = Store(tmp_path / "store" / "answers.sqlite")
    with pytest.raises(RecordingError, match="the local store cannot be made"):
        store.put(make_recording())


def test_closing_twice_is_fine(store: Store) -> None:
    store.put(make_recording())
    store.close()
    store.close()


FORGED = [
    ("key", "UPDATE answers SET model = 'sha256:2'"),
    ("key", "UPDATE answers SET messages = 'm2'"),
    ("latency_ms", "UPDATE answers SET latency_ms = 9e999"),
    ("latency_ms", "UPDATE answers SET latency_ms = 'fast'"),
    ("completion_tokens", "UPDATE answers SET completion_tokens = 0.5"),
    ("prompt_tokens", "UPDATE answers SET prompt_tokens = -1"),
    ("text", "UPDATE answers SET text = x'00'"),
    ("finish", "UPDATE answers SET finish = NULL"),
]


@pytest.mark.parametrize(("field", "forge"), FORGED)
def test_an_answer_that_cannot_be_one_is_not_used_and_told_once(
    store: Store, field: str, forge: str
) -> None:
    store.put(make_recording(), "run")
    store.close()
    with closing(sqlite3.connect(store.path)) as database, database:
        database.execute(forge)
    database.close()
    told: list[str] = []
    other = Store(store.path, told.append)
    assert other.get(KEY, 16) is None
    assert other.get_of("run", KEY, 16) is None
    assert len(told) == 1
    assert told[0].startswith(f"{store.path}: an answer is not used, and asked for again: ")
    assert field in told[0]
    other.put(make_recording())
    assert other.get(KEY, 16) == make_recording()
    other.close()


HOSTILE = {
    "view": (
        "DROP TABLE answers",
        "CREATE VIEW answers AS WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
        "FROM more) SELECT n AS key FROM more",
    ),
    "trigger": (
        "CREATE TRIGGER grow AFTER INSERT ON answers BEGIN INSERT INTO runs "
        "VALUES (randomblob(1000000000), 1, 1); END",
    ),
    "generated": (
        "DROP TABLE runs",
        "CREATE TABLE runs (key, run, owner AS (hex(zeroblob(100000000))))",
    ),
    "default": (
        "DROP TABLE runs",
        "CREATE TABLE runs (key, run DEFAULT (randomblob(1000000000)))",
    ),
    "check": ("DROP TABLE runs", "CREATE TABLE runs (key, run, CHECK (randomblob(1000000000)))"),
    "index": ("CREATE INDEX extra ON answers (hex(zeroblob(100000000)))",),
    "virtual": ("DROP TABLE runs", "CREATE VIRTUAL TABLE runs USING fts5(key)"),
    "many": tuple(f"CREATE TABLE answers{n} (key)" for n in range(101)),
}


@pytest.mark.parametrize("statements", HOSTILE.values(), ids=HOSTILE)
def test_a_file_whose_schema_runs_something_is_refused(
    store: Store, statements: tuple[str, ...]
) -> None:
    store.put(make_recording())
    store.close()
    with closing(sqlite3.connect(store.path)) as database, database:
        for statement in statements:
            database.execute(statement)
    database.close()
    other = Store(store.path)
    for use in (lambda: other.get(KEY, 16), lambda: other.put(make_recording())):
        with pytest.raises(RecordingError, match=r"no version of pytest-promptevo|more than 100"):
            use()


def test_what_takes_too_long_ends(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_promptevo.recording.database._LONGEST_SECONDS", 0.2)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    database = Database(store.path)
    for _ in range(2):
        with pytest.raises(RecordingError, match="it takes too long"):
            with database.connection() as connection:
                connection.execute(endless)
        time.sleep(0.3)
        with database.connection() as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]
    database.close()
