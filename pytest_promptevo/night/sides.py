"""What nights note of which examples a search has seen: the sides stay from night to night."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_promptevo.base.notes import read_note
from pytest_promptevo.base.private_folder import UNREADABLE
from pytest_promptevo.base.text_files import atomic_write
from pytest_promptevo.improve.sides import Sides
from pytest_promptevo.lock.input_digests import input_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.lock.ways import Names
    from pytest_promptevo.suite import Suite


def sides_of(entry: Entry | None, path: Path) -> Sides:
    """Returns what a lock entry says of the sides, and what earlier nights have noted.

    Args:
        entry: The entry.
        path: Where nights note it.
    """
    return Sides.of(entry, *_noted(path))


def note(path: Path, suite: Suite, held_out: frozenset[str], names: Sequence[Names]) -> None:
    """Notes the sides of a suite's examples.

    Args:
        path: Where.
        suite: The suite.
        held_out: Ids of the examples that are held out.
        names: Names of the inputs that tell examples apart, all that a lock may know them by.
    """
    held, searched = _noted(path)
    for example in suite.examples:
        side = held if example.id in held_out else searched
        side |= {input_digest(example, each) for each in names}
    told = {"held_out": sorted(held), "searched": sorted(searched)}
    atomic_write(path, json.dumps(told) + "\n")


def _noted(path: Path) -> tuple[set[str], set[str]]:
    """Returns what was noted; nothing where that cannot be read: it is a help, no promise."""
    try:
        told = read_note(path)
        held, searched = (set(map(str, told[name])) for name in ("held_out", "searched"))
    except UNREADABLE:
        return set(), set()
    return held, searched
