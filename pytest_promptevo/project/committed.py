"""The files of recordings that belong to a suite's lock entry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.recording import salvage_committed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.errors import RecordingError
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.recording import CommittedFile


class Recorded(NamedTuple):
    """A file of recordings.

    Attributes:
        committed: What can be read of it.
        damage: The first thing that is wrong with it, or None.
    """

    committed: CommittedFile
    damage: RecordingError | None


@dataclass(frozen=True)
class SuiteFiles:
    """A suite's entry with the recordings of its genome and of its candidates.

    Attributes:
        entry: The entry, or None.
        genome: The recordings of the locked genome.
        candidates: Those of each candidate.
        left_over: Names of files of candidates that the entry does not have.
    """

    entry: Entry | None
    genome: Recorded
    candidates: tuple[Recorded, ...]
    left_over: tuple[str, ...]

    @classmethod
    def read(cls, lock_path: Path, suite: str, entry: Entry | None) -> SuiteFiles:
        """Reads the recordings that belong to an entry."""
        count = len(entry.candidates) if entry else 0
        genome, *candidates = (
            Recorded(*salvage_committed(recordings_path(lock_path, suite, number)))
            for number in range(count + 1)
        )
        names = (path.name for path in left_over(lock_path, suite, count))
        return cls(entry, genome, tuple(candidates), tuple(names))

    @property
    def belong_together(self) -> bool:
        """Whether the recordings are those with which the entry was written, as far as it tells."""
        if self.left_over or not belong_together(self.entry, self.genome.committed):
            return False
        known = self.entry.candidates if self.entry else ()
        return all(
            candidate.recordings == recorded.committed.digest
            for candidate, recorded in zip(known, self.candidates, strict=True)
        )


def recordings_path(lock_path: Path, suite: str, candidate: int = 0) -> Path:
    """Returns where the recordings of a suite's locked genome, or of a candidate, are committed.

    Args:
        lock_path: The lock.
        suite: Name of the suite.
        candidate: Number of the candidate, from 1 on; 0: the locked genome.
    """
    # No suite has a name with a plus sign.
    name = f"{suite}+candidate-{candidate}" if candidate else suite
    return lock_path.parent / "promptevo_recordings" / f"{name}.jsonl"


def left_over(lock_path: Path, suite: str, candidates: int) -> Iterator[Path]:
    """Yields files of candidates beyond those that there are."""
    start = f"{suite}+candidate-"
    folder = recordings_path(lock_path, suite).parent
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = re.fullmatch(re.escape(start) + r"([0-9]{1,9})\.jsonl", path.name)
        if match and not 1 <= int(match[1]) <= candidates:
            yield path


def belong_together(entry: Entry | None, committed: CommittedFile) -> bool:
    """Whether recordings are those with which an entry was written, as far as it tells."""
    if entry is None:
        return not committed.digest
    return not entry.recordings or entry.recordings == committed.digest
