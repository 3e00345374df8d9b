"""Answers that tests in Python got from locked prompts: committed in a file of their own.

They stand beside the suite's recordings and are no part of its lock entry: what a test makes of
an answer is its own affair. Each row fits its request, as everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import check_link, remove
from pytest_promptevo.project.committed import recordings_path
from pytest_promptevo.recording import Answered, CommittedFile, committed_text, salvage_committed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.recording import Recording


def tests_path(lock_path: Path, suite: str) -> Path:
    """Returns where the answers that tests in Python got from a suite's prompt are committed."""
    return recordings_path(lock_path, suite).with_name(f"{suite}+tests.jsonl")


def recorded_for_tests(lock_path: Path, suite: str, *, is_replaced: bool) -> CommittedFile:
    """Returns the recordings that tests in Python replay: their own, then those of the suite.

    Args:
        lock_path: The lock.
        suite: Name of the suite.
        is_replaced: Whether the file of the tests is to be written anew, whatever is in it.

    Raises:
        RecordingError: if their file is damaged.
    """
    own, damage = salvage_committed(tests_path(lock_path, suite))
    if damage is not None and not is_replaced:
        raise damage
    golden, _ = salvage_committed(recordings_path(lock_path, suite))
    made = CommittedFile(own.path, by_example=own.by_example, digest=own.digest)
    for file in (own, golden):
        for key, answers in file.by_key.items():
            made.by_key[key] = {**answers, **made.by_key.get(key, {})}
    return made


def write_recorded(
    lock_path: Path,
    suite: str,
    asked: Mapping[str, Sequence[Recording]],
    stays: Callable[[str], bool],
) -> None:
    """Replaces the answers of tests that ran to their end; those of others may stay.

    Args:
        lock_path: The lock.
        suite: Name of the suite.
        asked: Id of a test to the answers that it got, in order.
        stays: Takes the id of a test; whether answers stay that it did not ask for now.

    Raises:
        LockError: if another process writes for a minute.
        OSError: if the file cannot be written.
    """
    from pytest_promptevo.project.commit import turn
    from pytest_promptevo.recording import write_committed

    path = tests_path(lock_path, suite)
    with turn(lock_path):
        known, _ = salvage_committed(path)
        kept = {name: rows for name, rows in known.by_example.items() if stays(name)}
        text = committed_text(_answered(_together(kept, asked)))
        if not text:
            if path.exists():
                remove(path)
            return
        check_link(path.parent)
        write_committed(path, text)


def _together(
    kept: Mapping[str, Sequence[Recording]], asked: Mapping[str, Sequence[Recording]]
) -> dict[str, list[Recording]]:
    """Returns the answers of now, and those of before to what was not asked now."""
    made = {name: list(rows) for name, rows in asked.items()}
    for name, rows in kept.items():
        here = made.setdefault(name, [])
        known = {row.key for row in here}
        here += [row for row in rows if row.key not in known]
    return made


def _answered(asked: Mapping[str, Sequence[Recording]]) -> Iterator[Answered]:
    for name, recordings in asked.items():
        if recordings:
            yield Answered(name, "", [(0, recording) for recording in recordings])
