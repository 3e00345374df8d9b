"""Which examples a night's search sees, and which only confirm: the same from night to night."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.base.text_files import atomic_write, read_bytes
from pytest_promptevo.evolve.splitting import FEWEST
from pytest_promptevo.lock import input_digests
from pytest_promptevo.lock.unseen import input_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Sides:
    """Digests of the inputs (`lock.unseen`) of examples whose side is known.

    Attributes:
        held_out: Of those that no search has seen.
        searched: Of those that one has.
    """

    held_out: frozenset[str] = frozenset()
    searched: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entry: Entry | None, path: Path) -> Sides:
        """Returns what a lock entry says, and what earlier nights have noted.

        What one search has seen is held out from no other.

        Args:
            entry: The entry.
            path: Where nights note it.
        """
        held, searched = _noted(path)
        parts = [entry.held_out, entry.candidates_held_out] if entry else []
        for part in parts:
            if part is not None:
                held |= set(part.inputs.split())
                searched |= set(part.searched.split())
        return cls(frozenset(held - searched), frozenset(searched))

    def split(self, suite: Suite) -> frozenset[str]:
        """Returns the ids of the examples to hold out; none where there are too few.

        Known ones stay on their side. Of new ones every other is held out, in an order that
        chance decides and that is always the same; near-duplicates go together, with a known
        one if there is one.
        """
        if len(suite.examples) < FEWEST:
            return frozenset()
        groups: dict[int, list[str]] = {}
        for example, group in zip(suite.examples, suite.duplicates.golden, strict=True):
            groups.setdefault(group, []).append(example.id)
        digests = {example.id: input_digest(example) for example in suite.examples}
        held: set[str] = set()
        new: list[list[str]] = []
        for members in groups.values():
            found = {digests[name] for name in members}
            if found & self.searched:
                continue
            if found & self.held_out:
                held.update(members)
            else:
                new.append(members)
        rest = len(suite.examples) - sum(map(len, new)) - len(held)
        ahead = 0
        for members in sorted(new, key=lambda each: text_key(digests[each[0]])):
            if ahead < 0 or (ahead == 0 and len(held) <= rest):
                held.update(members)
                ahead += len(members)
            else:
                rest += len(members)
                ahead -= len(members)
        return frozenset(held)


def note(path: Path, suite: Suite, held_out: frozenset[str]) -> None:
    """Notes the sides of a suite's examples.

    Args:
        path: Where.
        suite: The suite.
        held_out: Ids of the examples that are held out.
    """
    held: Sequence[str] = input_digests(suite.by_id[name] for name in held_out).split()
    seen = input_digests(each for each in suite.examples if each.id not in held_out).split()
    before = _noted(path)
    told = {"held_out": sorted(before[0] | set(held)), "searched": sorted(before[1] | set(seen))}
    atomic_write(path, json.dumps(told) + "\n")


def _noted(path: Path) -> tuple[set[str], set[str]]:
    """Returns what was noted; nothing where that cannot be read: it is a help, no promise."""
    try:
        told = json.loads(read_bytes(path))
        held, searched = (set(map(str, told[name])) for name in ("held_out", "searched"))
    except (OSError, ValueError, KeyError, TypeError):
        return set(), set()
    return held, searched
