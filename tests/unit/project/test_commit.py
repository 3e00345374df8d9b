"""Writing recordings and lock while others do the same."""

from __future__ import annotations

import multiprocessing
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.base.private_folder import turn_to_write
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import Entry, Lockfile, Search, read_lock, write_lock
from pytest_promptevo.project import commit as commit_module
from pytest_promptevo.project.commit import commit, read_together
from pytest_promptevo.project.committed import SuiteFiles, recordings_path
from pytest_promptevo.recording import committed_digest
from unit.support import make_candidate, make_entry, with_candidates

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

SPAWN = multiprocessing.get_context("spawn")
FOUND = Search(
    strategy="racing", seed=0, calls=9, generations=1, stopped="budget", confirmed="few examples"
)


def accept(
    path: Path, suite: str, entry: Entry | None = None, known: Entry | None = None, text: str = ""
) -> None:
    entry = entry or make_entry(recordings=committed_digest(text))
    commit(partial(read_lock, path), path, suite, entry, known, text)


def accept_many(folder: Path, together: Barrier, index: int) -> None:
    path = folder / "promptevo.lock"
    read_lock(path)
    together.wait(60)
    for number in range(5):
        accept(path, f"s-{index}-{number}", text=f"{index}\n")


def test_of_several_writers_each_keeps_all_its_entries(tmp_path: Path) -> None:
    together = SPAWN.Barrier(3)
    writers = [
        SPAWN.Process(target=accept_many, args=(tmp_path, together, index)) for index in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    path = tmp_path / "promptevo.lock"
    entries = read_lock(path).entries
    assert len(entries) == 15
    for suite, entry in entries.items():
        text = recordings_path(path, suite).read_text("utf-8")
        assert entry.recordings == committed_digest(text)


def test_what_another_has_found_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path, old = tmp_path / "promptevo.lock", make_entry()
    accept(path, "orders", old, text="old\n")
    found = make_entry(search=FOUND, genome={**old.genome, "temperature": 0.5})
    accept(path, "orders", found, old, "found\n")
    with pytest.raises(LockError, match=r"another run has changed entry 'orders' since"):
        accept(path, "orders", make_entry(known_failures=["a"]), old, "mine\n")
    assert read_lock(path).entries == {"orders": found}
    assert recordings_path(path, "orders").read_text("utf-8") == "found\n"


def test_the_same_decision_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "promptevo.lock"
    accept(path, "orders", make_entry())
    again = make_entry(known_failures=["a"])
    accept(path, "orders", again)
    assert read_lock(path).entries == {"orders": again}


def test_a_deleted_entry_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "promptevo.lock"
    accept(path, "orders", make_entry(search=FOUND), make_entry())
    assert list(read_lock(path).entries) == ["orders"]


def test_a_reader_waits_for_a_writer_between_its_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "promptevo.lock", partial(read_lock, tmp_path / "promptevo.lock")
    accept(path, "orders", text="old\n")
    (old,) = read_lock(path).entries.values()
    is_between, may_go = threading.Event(), threading.Event()

    def slowly(lock: Lockfile) -> bool:
        is_between.set()
        may_go.wait(60)
        return write_lock(lock)

    monkeypatch.setattr(commit_module, "write_lock", slowly)
    new = make_entry(recordings=committed_digest("new\n"))
    writer = threading.Thread(target=accept, args=(path, "orders", new, old, "new\n"))
    writer.start()
    assert is_between.wait(60)
    threading.Timer(0.2, may_go.set).start()
    files = read_together(read, path, "orders")
    writer.join()
    assert files.entry is not None
    assert (files.entry.recordings, files.genome.committed.digest) == (
        committed_digest("new\n"),
    ) * 2


def test_a_reader_alone_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "promptevo.lock"
    read_together(partial(read_lock, path), path, "orders")
    assert list(tmp_path.iterdir()) == []


def test_scratch_files_of_the_killed_are_swept_away(tmp_path: Path) -> None:
    path = tmp_path / "promptevo.lock"
    accept(path, "orders")
    folders = (tmp_path, tmp_path / "promptevo_recordings")
    for folder in folders:
        (folder / ".0123456789abcdef.tmp").write_text("half")
        (folder / ".mine.tmp").write_text("kept")
    accept(path, "stock")
    for folder in folders:
        assert [file.name for file in folder.glob(".*.tmp")] == [".mine.tmp"]


def test_a_writer_that_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_module, "_LONGEST_WRITE_S", 0.1)
    with turn_to_write(tmp_path, 1), pytest.raises(LockError, match="has been writing for"):
        accept(tmp_path / "promptevo.lock", "orders")


def test_the_turn_leaves_nothing_that_version_control_sees(tmp_path: Path) -> None:
    with turn_to_write(tmp_path, 1):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [".promptevo"]
    assert (tmp_path / ".promptevo" / ".gitignore").read_text() == "*\n"


def test_recordings_of_candidates_belong_to_their_entry(tmp_path: Path) -> None:
    path, read = tmp_path / "promptevo.lock", partial(read_lock, tmp_path / "promptevo.lock")
    proposed = make_candidate(recordings=committed_digest("one\n"))
    entry = with_candidates(proposed, recordings=committed_digest("text\n"))
    commit(read, path, "orders", entry, None, "text\n", ["one\n"])
    assert SuiteFiles.read(path, "orders", entry).belong_together
    commit(read, path, "orders.b", entry, None, "text\n", ["two\n"])
    assert not SuiteFiles.read(path, "orders.b", entry).belong_together
    assert SuiteFiles.read(path, "orders", entry).left_over == ()
    alone = make_entry(recordings=committed_digest("text\n"))
    files = SuiteFiles.read(path, "orders", alone)
    assert (files.left_over, files.belong_together) == (("orders+candidate-1.jsonl",), False)
    commit(read, path, "orders", alone, entry, "text\n")
    assert not recordings_path(path, "orders", 1).exists()
    assert recordings_path(path, "orders.b", 1).exists()


def test_another_run_that_proposed_candidates_is_not_written_over(tmp_path: Path) -> None:
    path, read = tmp_path / "promptevo.lock", partial(read_lock, tmp_path / "promptevo.lock")
    old = make_entry()
    commit(read, path, "orders", old, None, "text\n")
    commit(read, path, "orders", with_candidates(), old, "text\n", ["one\n"])
    with pytest.raises(LockError, match="another run has changed entry 'orders'"):
        commit(read, path, "orders", old, old, "text\n")
    assert recordings_path(path, "orders", 1).exists()
