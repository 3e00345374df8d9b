"""Which examples a search sees, and which only confirm, where earlier searches are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.evolve.splitting import FEWEST
from pytest_promptevo.lock.input_digests import digest_before, is_known
from pytest_promptevo.lock.ways import all_names

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.lock.ways import Names
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


ENOUGH = 4
"""Of so many examples one at least must be held out, or chance decides on a winner."""


@dataclass(frozen=True)
class Sides:
    """Digests of the inputs (`lock.unseen`) of examples whose side is known.

    Attributes:
        held_out: Of those that no search has seen.
        searched: Of those that one has.
        names: Names of the inputs that the digests are of, where they are known, one after
            another.
    """

    held_out: frozenset[str] = frozenset()
    searched: frozenset[str] = frozenset()
    names: tuple[Names, ...] = ()

    @classmethod
    def of(
        cls, entry: Entry | None, held_out: Collection[str] = (), searched: Collection[str] = ()
    ) -> Sides:
        """Returns what a lock entry says, and what is known beside it.

        What one search has seen is held out from no other.

        Args:
            entry: The entry.
            held_out: Digests of further examples that no search has seen.
            searched: Digests of further ones that one has.
        """
        parts = [entry.held_out, entry.candidates_held_out] if entry else []
        known = [part for part in parts if part is not None]
        held = {digest for part in known for digest in part.inputs.split()} | set(held_out)
        seen = {digest for part in known for digest in part.searched.split()} | set(searched)
        names = tuple(tuple(each) for part in known for each in part.all_names)
        return cls(frozenset(held - seen), frozenset(seen), names)

    def names_in(self, suite: Suite) -> Sequence[Names]:
        """Returns names of the inputs that tell a suite's examples: those of now first."""
        return all_names(suite, self.names)

    def has_searched(self, suite: Suite, example: Example) -> bool:
        """Whether a search has seen an example of a suite."""
        return is_known(example, self.names_in(suite), self.searched)

    def again(self, suite: Suite) -> frozenset[str] | None:
        """Returns ids of what to hold out from another search, since none has seen it.

        Returns:
            None where chance may decide: no search saw any of the suite, or too few examples
            are left that none saw.
        """
        if not any(self.has_searched(suite, example) for example in suite.examples):
            return None
        held = self.split(suite)
        return held if ENOUGH * len(held) >= len(suite.examples) else None

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
        names = self.names_in(suite)
        held: set[str] = set()
        new: list[list[str]] = []
        for members in groups.values():
            found = [suite.by_id[name] for name in members]
            if any(is_known(example, names, self.searched) for example in found):
                continue
            if any(is_known(example, names, self.held_out) for example in found):
                held.update(members)
            else:
                new.append(members)
        rest = len(suite.examples) - sum(map(len, new)) - len(held)
        ahead = 0
        for members in sorted(new, key=lambda each: _by_chance(suite.by_id[each[0]])):
            if ahead < 0 or (ahead == 0 and len(held) <= rest):
                held.update(members)
                ahead += len(members)
            else:
                rest += len(members)
                ahead -= len(members)
        return frozenset(held)


def _by_chance(example: Example) -> str:
    """Returns what sorts examples as chance would, and always the same."""
    return text_key(digest_before(example))
