"""Reading a lock whose sides version control could not merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock.file import (
    END,
    SUITES,
    VERSION,
    Lockfile,
    conflict_line,
    lock_text,
    parsed,
)
from pytest_promptevo.lock.merge import choose, entry_lines, entry_texts, others_of, sides_of
from pytest_promptevo.lock.worst import with_worst

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.lock.entry import Entry


def read_merged(path: Path, fits: Callable[[str, Entry], bool]) -> Lockfile:
    """Reads a lock, and one with conflict markers entry by entry.

    Args:
        path: The lock.
        fits: Whether an entry belongs to the committed recordings as they are now.

    Raises:
        LockError: as `read_lock`, or if nothing tells which side of an entry is meant.
    """
    if not path.exists():
        return Lockfile(path)
    text = lock_text(path)
    if not (first := conflict_line(text)):
        return parsed(text, path)
    sides = _sides(text, path, first)
    names = {name: None for lock in sides.values() for name in (*lock.entries, *lock.broken)}
    merged, lines = Lockfile(path), entry_lines(text)
    for name in names:
        versions = {side: lock.entries.get(name) for side, lock in sides.items()}
        broken = {side: lock.broken[name] for side, lock in sides.items() if name in lock.broken}
        line = lines.get(name, first)
        entry = choose(name, versions, path, fits, is_broken=bool(broken), line=line)
        if entry is not None:
            for other in others_of({**versions, **broken}):
                entry = with_worst(entry, other)
            merged = merged.with_entry(name, entry)
    return merged


def _sides(text: str, path: Path, first: int) -> dict[str, Lockfile]:
    try:
        return {side: read_side(version, path) for side, version in sides_of(text).items()}
    except LockError as exc:
        exc.message = f"a side of the merge cannot be read: {exc.message}"
        exc.line = first  # its own is a line of the side
        raise


def read_side(text: str, path: Path) -> Lockfile:
    """Parses one side of a merge: what version control has merged in part need not be YAML.

    Raises:
        LockError: if it is no lock as a whole.
    """
    try:
        yaml_reader.load(text, path, LockError)
    except LockError:
        head, mark, rest = text.partition(SUITES)
        if not mark or not rest.endswith(END):
            return parsed(text, path, is_side=True)  # which tells what is wrong
    else:
        return parsed(text, path, is_side=True)
    parsed(head + mark + END, path, is_side=True)
    entries: dict[str, Entry] = {}
    broken: dict[str, Entry | None] = {}
    for name, own in entry_texts(rest.removesuffix(END)).items():
        try:
            alone = parsed(f"version: {VERSION}\n{mark}{own}{END}", path, is_side=True)
        except LockError:
            alone = Lockfile(path, broken={name: None})
        entries.update(alone.entries)
        broken.update(alone.broken)
    return Lockfile(path, entries, broken=broken)
