"""Merging a lock from its three versions, entry by entry, as a merge driver of git does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.base.text_files import CONFLICT
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock.file import Lockfile, conflict_line, lock_of_texts, parsed
from pytest_promptevo.lock.merge import choose, others_of, sides_of
from pytest_promptevo.lock.merged import read_side
from pytest_promptevo.lock.worst import with_worst

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.lock.entry import Entry


class Merged(NamedTuple):
    """A merged lock.

    Attributes:
        text: Its text; entries that both sides have changed stand in it with conflict markers.
        undecided: The names of these.
    """

    text: str
    undecided: list[str]


def merge_versions(base: str, ours: str, theirs: str, path: Path) -> Merged:
    """Merges a lock: each entry from the side that changed it, or took it out.

    What is known to fail of held-out examples is taken from both sides.

    Args:
        base: The text that both sides come from; empty if there is none. Where the sides come
            from several commits, git has merged these first: it may hold conflicts.
        ours: The text of one side.
        theirs: The text of the other side.
        path: The lock, for messages.

    Raises:
        LockError: if a side cannot be read.
    """
    origin = _origin(base.replace("\r\n", "\n"), path)
    locks = {"ours": parsed(ours.replace("\r\n", "\n"), path)}
    if origin is not None:
        locks["base"] = origin.lock
    locks["theirs"] = parsed(theirs.replace("\r\n", "\n"), path)
    unsure = origin.unsure if origin else frozenset()
    texts: dict[str, str] = {}
    undecided: list[str] = []
    for name in sorted({name for lock in locks.values() for name in lock.entries}):
        versions = {side: lock.entries.get(name) for side, lock in locks.items()}
        try:
            chosen = _chosen(name, versions, path, is_unsure=name in unsure)
        except LockError:
            undecided.append(name)
            texts[name] = _conflict(name, locks)
            continue
        if chosen is not None:
            texts[name] = _text(name, chosen, versions, locks)
    return Merged(lock_of_texts(texts), undecided)


def conflicting(ours: str, theirs: str) -> str:
    """Returns two whole texts with conflict markers, where one of them cannot be read.

    Markers that stand in them already become comments: nested ones nothing could resolve.
    """
    return _marked(
        {side: CONFLICT.sub(r"# \1", text) for side, text in (("ours", ours), ("theirs", theirs))}
    )


class _Origin(NamedTuple):
    """What both sides come from: its entries, and the names of which it does not tell."""

    lock: Lockfile
    unsure: frozenset[str]


def _origin(text: str, path: Path) -> _Origin | None:
    """Returns what both sides come from, or None where that cannot be told.

    Of one that holds conflicts itself an entry is known where the sides of these agree.
    """
    if not text.strip():
        return None
    try:
        if not conflict_line(text):
            return _Origin(parsed(text, path), frozenset())
        sides = sides_of(text)
        one, other = (read_side(sides[side], path) for side in ("ours", "theirs"))
    except LockError:
        return None
    names = {name for lock in (one, other) for name in (*lock.entries, *lock.broken)}
    lock, unsure = Lockfile(path), set()
    for name in names:
        entry = one.entries.get(name)
        if entry is not None and entry == other.entries.get(name):
            lock = lock.with_entry(name, entry)
        else:
            unsure.add(name)
    return _Origin(lock, frozenset(unsure))


def _chosen(
    name: str, versions: dict[str, Entry | None], path: Path, *, is_unsure: bool
) -> Entry | None:
    base, ours, theirs = (versions.get(side) for side in ("base", "ours", "theirs"))
    if (base is not None or is_unsure) and (ours is None or theirs is None):
        kept = ours or theirs
        if kept in (None, base):
            return None  # a side has taken it out, and the other one has left it as it was
        raise LockError("taken out and changed", path=path)
    return choose(name, versions, path, lambda _name, _entry: False)


def _text(
    name: str, chosen: Entry, versions: dict[str, Entry | None], locks: dict[str, Lockfile]
) -> str:
    """Returns the rows of an entry: as a side has them, if that is what it is."""
    entry = chosen
    for other in others_of(versions):
        entry = with_worst(entry, other)
    for side, version in versions.items():
        if version == entry:
            return locks[side].texts[name]
    return Lockfile(locks["ours"].path).with_entry(name, entry).texts[name]


def _conflict(name: str, locks: dict[str, Lockfile]) -> str:
    return _marked({side: lock.texts.get(name, "") for side, lock in locks.items()})


def _marked(texts: dict[str, str]) -> str:
    whole = {
        side: f"{text}\n" if text and text[-1] != "\n" else text for side, text in texts.items()
    }
    base = f"||||||| base\n{whole['base']}" if "base" in whole else ""
    return f"<<<<<<< ours\n{whole['ours']}{base}=======\n{whole['theirs']}>>>>>>> theirs\n"
