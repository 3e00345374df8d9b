from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
import quick_hypothesis  # noqa: F401
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.errors import StateError
from pytest_promptevo.state import spool as spool_module
from pytest_promptevo.state.decision import Sealer, start_of
from pytest_promptevo.state.records import LARGEST_TEXT, Queued, Report
from pytest_promptevo.state.spool import Spool
from pytest_promptevo.state.spool_lines import parsed
from pytest_promptevo.state.sqlite import SqliteState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.state.connected import Session

ARM = "0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteState]:
    made = SqliteState(tmp_path / "live.sqlite")
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "live.spool.jsonl", patience=5.0)


def report(key: bytes, number: int = 0, **changes: Any) -> Report:
    text = Sealer(key, "orders").decide(start_of("aabbccdd", 1, ARM), 5, f"{number:016x}")
    values: dict[str, Any] = {
        "decision": text,
        "suite": "orders",
        "lineup": "aabbccdd",
        "version": 1,
        "arm": ARM,
        "unit": "",
        "reward": 0.5,
        "quality": 1.0,
        "error": False,
        "latency_ms": None,
        "tokens": 3.0,
        "repairs": 0.0,
        "at": 6.0,
    }
    return Report(**{**values, **changes})


def key_of(store: SqliteState) -> bytes:
    assert store.key is not None
    return store.key


def rows(store: SqliteState) -> list[tuple[Any, ...]]:
    with store.reading() as session:
        return session.rows("SELECT decision, left_out FROM promptevo_outcome ORDER BY seq")


def test_what_waits_is_moved_once(spool: Spool, store: SqliteState) -> None:
    reports = [report(key_of(store), number) for number in range(3)]
    assert store.report(reports[0])
    for each in reports:
        spool.add(each)
    assert spool.has_any
    assert (spool.drain(store), spool.drain(store)) == (2, 0)
    assert not spool.has_any
    assert rows(store) == [(each.decision, "") for each in reports]


def test_what_a_failed_move_has_left_is_moved_later(spool: Spool, store: SqliteState) -> None:
    spool.add(report(key_of(store)))
    away = store.path.rename(store.path.with_name("away"))
    with pytest.raises(StateError):
        spool.drain(store)
    spool.add(report(key_of(store), 1))
    away.rename(store.path)
    assert spool.drain(store) == 2
    assert [path for path in spool.path.parent.iterdir() if path.suffix == ".part"] == []


def test_a_part_of_a_line_costs_no_other(spool: Spool, store: SqliteState) -> None:
    spool.add(report(key_of(store), 1))
    with spool.path.open("ab") as file:
        file.write(b'{"decision": "aabbccdd-1.')
    spool.add(report(key_of(store), 2))
    assert spool.drain(store) == 2


def test_a_forged_line_is_no_evidence(spool: Spool, store: SqliteState) -> None:
    spool.add(report(b"x" * 32))
    spool.drain(store)
    assert [row[1] for row in rows(store)] == ["foreign"]


def test_a_queued_failure_is_moved_too(spool: Spool, store: SqliteState) -> None:
    spool.add(report(key_of(store), queued=Queued("{}", "wrong", None)))
    spool.drain(store)
    (row,) = store.queue("orders")
    assert (row.queued, row.status) == (("{}", "wrong", None), "waits")


@pytest.mark.parametrize("letter", ["ж", "\U0001f642", "\x01", '"'])
def test_the_largest_failure_is_moved_whole(spool: Spool, store: SqliteState, letter: str) -> None:
    text = letter * LARGEST_TEXT
    spool.add(report(key_of(store), queued=Queued(text, text, text)))
    assert spool.drain(store) == 1
    (row,) = store.queue("orders")
    assert row.queued == (text, text, text)


def test_an_outcome_outweighs_what_is_queued_with_it(spool: Spool, store: SqliteState) -> None:
    spool.add(report(key_of(store), queued=Queued("x" * (4 << 20), None, None)))
    assert spool.drain(store) == 1
    with pytest.raises(StateError, match="too long"):
        spool.add(report(key_of(store), 1, suite="x" * (4 << 20)))


def bad_lines(spool: Spool) -> list[bytes]:
    path = spool.path.with_name(f"{spool.path.name}.bad")
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [line for line in lines if line]


@pytest.mark.parametrize(
    "changes",
    [{"at": 10**400}, {"suite": "\ud800"}, {"suite": "a\0b"}, {"queued": {"inputs": "\0"}}],
    ids=["huge", "surrogate", "null", "null in the queue"],
)
def test_a_line_that_is_no_outcome_is_put_aside(
    spool: Spool, store: SqliteState, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    spool_module._warner._last.clear()
    line = json.dumps({**report(key_of(store))._asdict(), **changes}).encode()
    spool.add(report(key_of(store), 1))
    with spool.path.open("ab") as file:
        file.write(line + b"\n")
    spool.add(report(key_of(store), 2))
    assert (spool.drain(store), spool.has_any) == (2, False)
    assert bad_lines(spool) == [line]
    assert "they are in" in caplog.text


def test_an_integer_that_no_column_holds_is_moved(spool: Spool, store: SqliteState) -> None:
    spool.add(report(key_of(store), tokens=10**300))
    assert (spool.drain(store), bad_lines(spool)) == (1, [])


def test_an_outcome_that_the_store_does_not_take_holds_up_no_other(
    spool: Spool, store: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [report(key_of(store), number) for number in range(4)]
    for each in reports:
        spool.add(each)
    insert = store.insert

    def picky(session: Session, each: Report, left_out: str) -> bool:
        if each.decision == reports[1].decision:
            raise sqlite3.IntegrityError("no")
        return insert(session, each, left_out)

    monkeypatch.setattr(store, "insert", picky)
    assert (spool.drain(store), spool.has_any) == (3, False)
    assert [json.loads(line)["decision"] for line in bad_lines(spool)] == [reports[1].decision]


def test_a_spool_that_is_full_takes_no_more(
    spool: Spool, store: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.add(report(key_of(store)))
    size = spool.path.stat().st_size
    monkeypatch.setattr(spool_module, "LARGEST_BYTES", size + 10)
    with pytest.raises(StateError, match="larger than"):
        spool.add(report(key_of(store), 1))
    assert spool.path.stat().st_size == size


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
@pytest.mark.parametrize("name", ["live.spool.jsonl", "live.spool.jsonl.00.part"])
def test_a_pipe_in_place_of_a_spool_holds_nobody_up(
    spool: Spool, store: SqliteState, name: str
) -> None:
    pipe = spool.path.with_name(name)
    os.mkfifo(pipe)
    uses = [lambda: spool.drain(store)]
    if pipe == spool.path:
        uses.append(lambda: spool.add(report(key_of(store))))
    for use in uses:
        with pytest.raises(
            StateError, match=r"cannot be used: (it is not a regular|No such device)"
        ):
            use()
    assert pipe.is_fifo()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_in_place_of_the_file_of_bad_lines_holds_nobody_up(
    spool: Spool, store: SqliteState
) -> None:
    spool.add(report(key_of(store)))
    with spool.path.open("a") as file:
        file.write("no outcome\n")
    os.mkfifo(spool.path.with_name(f"{spool.path.name}.bad"))
    assert spool.drain(store) == 1


def test_nothing_is_written_through_a_link(spool: Spool, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "live.spool.jsonl").symlink_to(tmp_path / "elsewhere")
    linked = Spool(inner / "live.spool.jsonl", patience=1.0)
    with pytest.raises(StateError, match="link out of its folder"):
        linked.add(report(b"x" * 32))
    assert not (tmp_path / "elsewhere").exists()


@given(
    st.dictionaries(
        st.sampled_from(Report._fields),
        st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.lists(st.text()),
    )
)
def test_a_line_says_an_outcome_or_nothing(changes: dict[str, Any]) -> None:
    sound = {**report(b"x" * 32)._asdict(), "queued": None}
    found = parsed(json.dumps({**sound, **changes}).encode())
    assert found is None or 0 <= found.reward <= 1
    assert parsed(json.dumps(sound).encode()) == report(b"x" * 32)


@given(st.binary())
def test_junk_says_nothing(line: bytes) -> None:
    assert parsed(line) is None
