"""Keeps some examples away from the search, to confirm its winner on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve.arguments import checked_list, checked_rng

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    import numpy as np

    from pytest_promptevo.evolve.budget import Budget

FEWEST = 16
SHARE = 0.5
EVALUATIONS = 20
LEAST_SEARCHED = 24
LEAST_EVALUATED = 30
MOST_SEARCHED = 100


@dataclass(frozen=True)
class Split:
    """Examples to search on and examples to confirm on, in their original order.

    Attributes:
        search: What the search sees.
        confirm: What it never sees; empty if there are too few examples.
        spare: What the best genomes of a search see beside, where they are close.
    """

    search: tuple[Any, ...]
    confirm: tuple[Any, ...]
    spare: tuple[Any, ...] = ()

    def narrowed(self, rng: np.random.Generator) -> Split:
        """Returns a split whose search sees 100 examples at most, drawn by chance.

        Genomes of a search differ by more than the others tell; these are spare, in the order
        in which they are used.
        """
        if len(self.search) <= MOST_SEARCHED:
            return self
        order = rng.permutation(len(self.search)).tolist()
        chosen = sorted(order[:MOST_SEARCHED])
        return Split(
            tuple(self.search[place] for place in chosen),
            self.confirm,
            tuple(self.search[place] for place in order[MOST_SEARCHED:]),
        )


def split(
    examples: Iterable[Any],
    rng: np.random.Generator | int | None,
    *,
    calls: int | None = None,
    groups: Sequence[Hashable] | None = None,
) -> Split:
    """Splits 16 and more examples in halves at random; fewer all go to the search.

    Args:
        examples: What to split.
        rng: Source of chance.
        calls: The search's budget. Where it buys fewer than 20 evaluations on half of the
            examples, the search sees fewer of them (24 at least) and more are held out.
        groups: The group of each example: those of one group stay together (a group that is
            larger than what is held out is searched on). Each is its own if not given.

    Raises:
        SettingsError: for arguments that cannot be split.
    """
    examples, rng = checked_list(examples), checked_rng(rng)
    n = len(examples)
    if groups is not None and len(groups) != n:
        raise SettingsError(f"groups must name the group of each of {n} examples: {len(groups)}")
    if n < FEWEST:
        return Split(tuple(examples), ())
    kept = n - round(SHARE * n)
    if calls is not None:
        kept = min(kept, max(calls // EVALUATIONS, LEAST_SEARCHED))
    held = _held(rng.permutation(n).tolist(), n - kept, range(n) if groups is None else groups)
    return Split(
        tuple(example for index, example in enumerate(examples) if index not in held),
        tuple(example for index, example in enumerate(examples) if index in held),
    )


def affordable_examples(count: int, budget: Budget, rng: np.random.Generator) -> Sequence[int]:
    """Returns the places of the examples that a search evaluates on: all, or a random part.

    A search that spends its calls on one genome's thousand examples compares nothing.

    Args:
        count: Number of examples.
        budget: What the search may spend; only calls bound the examples.
        rng: Source of chance.
    """
    if budget.calls is None:
        return range(count)
    most = max(budget.calls // EVALUATIONS, LEAST_EVALUATED)
    if count <= most:
        return range(count)
    return sorted(int(place) for place in rng.permutation(count)[:most])


def _held(order: Sequence[int], count: int, groups: Sequence[Hashable]) -> set[int]:
    """Takes whole groups in the order of their first examples, as far as they fit."""
    members: dict[Hashable, list[int]] = {}
    for index in order:
        members.setdefault(groups[index], []).append(index)
    held: set[int] = set()
    for group in members.values():
        if len(held) + len(group) <= count:
            held.update(group)
    return held
