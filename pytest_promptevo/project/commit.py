"""Answers of locked genomes are committed together with the lock entry, and never else.

Several processes may commit at once: each waits for its turn, reads the lock again, and
replaces its own entry alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.base.private_folder import had_writers, turn_to_write
from pytest_promptevo.base.text_files import check_link, remove, sweep_scratch
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import write_lock
from pytest_promptevo.project.committed import SuiteFiles, left_over, recordings_path
from pytest_promptevo.recording import Answered, committed_text, write_committed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Asked, Evaluation
    from pytest_promptevo.lock import Entry, Lockfile
    from pytest_promptevo.suite import Suite

_LONGEST_WRITE_S = 60.0


def recordings_text(suite: Suite, evaluations: Iterable[Evaluation]) -> str:
    """Returns the recordings of a genome's evaluations as they are committed."""
    return committed_text(
        Answered(
            evaluation.example,
            suite.by_id[evaluation.example].fingerprint,
            [(asked.draw, asked.recording) for asked in evaluation.asked],
            [(asked.draw, asked.recording) for asked in _of_judges(evaluation)],
        )
        for evaluation in evaluations
    )


def _of_judges(evaluation: Evaluation) -> Iterator[Asked]:
    yield from evaluation.judged
    for judged in evaluation.human:
        yield from judged.asked


def commit(
    read: Callable[[], Lockfile],
    path: Path,
    suite: str,
    entry: Entry,
    known: Entry | None,
    recordings: str,
    candidates: Sequence[str] = (),
) -> Lockfile:
    """Writes the recordings of a suite and then its entry: each file whole or not at all.

    Files of candidates that the entry no longer has go last.

    Args:
        read: Reads the lock as it is now, with the entries of other suites.
        path: The lock.
        suite: Name of the suite.
        entry: Its new entry.
        known: Its entry as the caller has read it, or None.
        recordings: The text of its recordings.
        candidates: The texts of its candidates' recordings.

    Returns:
        The lock as it was written.

    Raises:
        LockError: if the lock cannot be read, if another process has given the suite another
            genome or other evidence since the caller has read it, or writes for a minute.
        OSError: if a file cannot be written.
    """
    with turn(path):
        lock = read()
        now = lock.entries.get(suite)
        if now not in (None, known) and not _same_decision(now, entry):
            raise LockError(
                f"another run has changed entry {suite!r} since this one read it",
                path=path,
                hint="run it again: it then starts from that entry, and pays for no answer twice",
            )
        lock = lock.with_entry(suite, entry)
        committed = recordings_path(path, suite)
        check_link(committed.parent)
        for folder in (path.parent, committed.parent):
            sweep_scratch(folder)
        for number, text in enumerate([recordings, *candidates]):
            write_committed(recordings_path(path, suite, number), text)
        write_lock(lock)
        for left in left_over(path, suite, len(candidates)):
            remove(left)
    return lock


def read_together(read: Callable[[], Lockfile], path: Path, suite: str) -> SuiteFiles:
    """Reads a suite's entry and its recordings; not one before and one after another's write.

    Args:
        read: Reads the lock as it is now.
        path: The lock.
        suite: Name of the suite.

    Raises:
        LockError: if the lock cannot be read.
    """
    if not had_writers(path.parent):
        return _read(read, path, suite)
    try:
        with turn(path):
            return _read(read, path, suite)
    except OSError:
        return _read(read, path, suite)  # where nobody can write


def _read(read: Callable[[], Lockfile], path: Path, suite: str) -> SuiteFiles:
    return SuiteFiles.read(path, suite, read().entries.get(suite))


def _same_decision(now: Entry | None, entry: Entry) -> bool:
    return now is not None and _decision(now) == _decision(entry)


def _decision(entry: Entry) -> tuple[object, ...]:
    return entry.genome, entry.search, [candidate.genome for candidate in entry.candidates]


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Waits for this process's turn to write lock or recordings.

    Args:
        path: The lock.

    Raises:
        LockError: if another process writes for a minute.
    """
    try:
        with turn_to_write(path.parent, _LONGEST_WRITE_S):
            yield
    except TimeoutError:
        raise LockError(
            f"another process has been writing for {_LONGEST_WRITE_S:.0f} s", path=path
        ) from None
