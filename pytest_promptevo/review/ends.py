"""A suite at one end of a change: its file, its lock entry, its recordings."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_promptevo.errors import InputError, LockError, RecordingError, SuiteError, shown_path
from pytest_promptevo.lock import Lockfile
from pytest_promptevo.lock.file import parsed
from pytest_promptevo.project.committed import recordings_path
from pytest_promptevo.project.suite_files import LOCK_NAME, SKIPPED
from pytest_promptevo.recording import CommittedFile, salvage_text
from pytest_promptevo.review.bounds import Bounds, bounded
from pytest_promptevo.suite import Suite, read_suite
from pytest_promptevo.suite.naming import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.review.trees import Tree

Key = tuple[str, str]
"""A suite: the folder of its lock, from the top, and its name."""


@dataclass(frozen=True)
class End:
    """A suite at one end of a change.

    Attributes:
        name: Its name.
        lock: Path of its lock.
        suite: What its file says, or None if it has none.
        entry: Its lock entry, or None.
        committed: The recordings of its genome.
        damage: What is wrong with these, or nothing.
        foreign: Names of the files of candidates that are not those of the entry.
    """

    name: str
    lock: Path
    suite: Suite | None
    entry: Entry | None
    committed: CommittedFile
    damage: str = ""
    foreign: tuple[str, ...] = ()


def ends_of(
    tree: Tree, places: Sequence[Path], unreadable: Callable[[InputError], None]
) -> dict[Key, End]:
    """Returns all suites of a tree, and all entries of its locks.

    Args:
        tree: The tree.
        places: Folders and suite files that are looked at, absolute; everything if empty.
        unreadable: Takes the error about a suite or a lock that cannot be read, and is left out.
    """
    suites = _suites(tree, places, unreadable)
    locks = {
        path: _lock(tree, path, unreadable)
        for path in bounded(_locks(tree, places), tree.label, "locks")
    }
    ends: dict[Key, End] = {}
    for suite in suites:
        path = _lock_above(suite.path, tree, locks)
        key = _key(tree, path, suite.name)
        if key in ends:  # else one of the two would stand in for the other
            unreadable(_taken(suite, ends[key].suite))
            continue
        entry = locks[path].entries.get(suite.name) if path in locks else None
        ends[key] = _end(tree, path, suite.name, suite, entry)
    for path, lock in locks.items():
        if not _is_within(path.parent, places):
            continue  # whose suites may lie anywhere
        for name, entry in lock.entries.items():
            key = _key(tree, path, name)
            if key not in ends:
                ends[key] = _end(tree, path, name, None, entry)
    return ends


def _taken(suite: Suite, by: Suite | None) -> SuiteError:
    where = f" by {shown_path(by.path)}" if by else ""
    message = f"the suite name {suite.name!r} is taken{where}: rename one of them"
    return SuiteError(message, path=suite.path)


def pairs_of(
    before: Mapping[Key, End], after: Mapping[Key, End]
) -> Iterator[tuple[End | None, End | None]]:
    """Yields each suite at both ends, by its name; a lock that moved makes no other suite."""
    moved = {key[1]: key for key in before.keys() - after.keys()}
    gone = set(before)
    for key in sorted(after):
        same = key if key in before else moved.get(key[1])
        if same is not None:
            gone.discard(same)
            moved.pop(same[1], None)
        yield before.get(same) if same else None, after[key]
    for key in sorted(gone):
        yield before[key], None


def _is_within(path: Path, places: Sequence[Path]) -> bool:
    return not places or any(path.is_relative_to(place) for place in places)


def _suites(
    tree: Tree, places: Sequence[Path], unreadable: Callable[[InputError], None]
) -> list[Suite]:
    found, bounds = list[Suite](), Bounds(tree.label)
    paths = (path for path in _paths(tree, places, *ENDINGS) if _is_within(path, places))
    for path in bounded(paths, tree.label, "suites"):
        try:
            suite = read_suite(path, tree.top, tree)
        except InputError as exc:
            unreadable(exc)
            continue
        bounds.count_examples(len(suite.examples))
        found.append(suite)
    return found


def _locks(tree: Tree, places: Sequence[Path]) -> Iterator[Path]:
    for path in _paths(tree, places, LOCK_NAME):
        folder = path.parent
        if _is_within(folder, places) or any(place.is_relative_to(folder) for place in places):
            yield path


def _paths(tree: Tree, places: Sequence[Path], *endings: str) -> Iterator[Path]:
    named = {folder for place in places for folder in (place, *place.parents)}
    for name in tree.names:
        if name.endswith(endings) and _is_of_project(tree, name, endings, named):
            yield tree.top / name


def _is_of_project(tree: Tree, name: str, endings: tuple[str, ...], named: set[Path]) -> bool:
    """Whether a file counts: as for pytest, folders that somebody names are looked into."""
    path = PurePosixPath(name)
    if endings == (LOCK_NAME,) and path.name != LOCK_NAME:
        return False
    return not any(
        _is_skipped(folder.name) and tree.top / folder not in named for folder in path.parents
    )


@lru_cache(1_000)
def _is_skipped(folder: str) -> bool:
    return any(fnmatch(folder, pattern) for pattern in SKIPPED)


def _lock(tree: Tree, path: Path, unreadable: Callable[[InputError], None]) -> Lockfile:
    try:
        return parsed(tree.text(path, LockError).replace("\r\n", "\n"), path)
    except LockError as exc:
        unreadable(exc)
        return Lockfile(path)


def _lock_above(suite: Path, tree: Tree, locks: Mapping[Path, Lockfile]) -> Path:
    for folder in suite.parents:
        if folder / LOCK_NAME in locks or folder == tree.top:
            return folder / LOCK_NAME
    return tree.top / LOCK_NAME


def _key(tree: Tree, lock: Path, name: str) -> Key:
    return lock.parent.relative_to(tree.top).as_posix(), name


def _end(tree: Tree, lock: Path, name: str, suite: Suite | None, entry: Entry | None) -> End:
    path = recordings_path(lock, name)
    foreign = tuple(_foreign(tree, lock, name, entry))
    if not tree.is_file(path):
        return End(name, lock, suite, entry, CommittedFile(path), "", foreign)
    try:
        committed, damage = salvage_text(tree.text(path, RecordingError), path)
    except RecordingError as exc:
        committed, damage = CommittedFile(path, digest="unreadable"), exc
    return End(name, lock, suite, entry, committed, str(damage or ""), foreign)


def _foreign(tree: Tree, lock: Path, name: str, entry: Entry | None) -> Iterator[str]:
    for number, candidate in enumerate(entry.candidates if entry else (), 1):
        path = recordings_path(lock, name, number)
        try:
            committed, _ = salvage_text(tree.text(path, RecordingError), path)
        except RecordingError:
            committed = CommittedFile(path)
        if committed.digest != candidate.recordings:
            yield f"{path.parent.name}/{path.name}"
