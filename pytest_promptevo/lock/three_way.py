"""Merging a lock from its three versions, entry by entry, as a merge driver of git does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.errors import LockError
from pytest_promptevo.lock.file import Lockfile, lock_of_texts, parsed
from pytest_promptevo.lock.merge import choose, others_of
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
        base: The text that both sides come from; empty if there is none.
        ours: The text of one side.
        theirs: The text of the other side.
        path: The lock, for messages.

    Raises:
        LockError: if a version cannot be read.
    """
    given = {"ours": ours, "base": base, "theirs": theirs}
    locks = {
        side: parsed(text.replace("\r\n", "\n"), path)
        for side, text in given.items()
        if side != "base" or text.strip()
    }
    texts: dict[str, str] = {}
    undecided: list[str] = []
    for name in sorted({name for lock in locks.values() for name in lock.entries}):
        versions = {side: lock.entries.get(name) for side, lock in locks.items()}
        try:
            chosen = _chosen(name, versions, path)
        except LockError:
            undecided.append(name)
            texts[name] = _conflict(name, locks)
            continue
        if chosen is not None:
            texts[name] = _text(name, chosen, versions, locks)
    return Merged(lock_of_texts(texts), undecided)


def conflicting(base: str, ours: str, theirs: str) -> str:
    """Returns three whole texts with conflict markers, where one of them cannot be read."""
    return _marked({"ours": ours, "base": base, "theirs": theirs})


def _chosen(name: str, versions: dict[str, Entry | None], path: Path) -> Entry | None:
    base, ours, theirs = (versions.get(side) for side in ("base", "ours", "theirs"))
    if base is not None and (ours is None or theirs is None):
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
