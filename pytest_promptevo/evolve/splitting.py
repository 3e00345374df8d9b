"""Keeps some examples away from the search, to confirm its winner on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.evolve.arguments import checked_list, checked_rng

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

FEWEST = 60
SHARE = 0.3
EVALUATIONS = 20


@dataclass(frozen=True)
class Split:
    """Examples to search on and examples to confirm on, in their original order.

    Attributes:
        search: What the search sees.
        confirm: What it never sees; empty if there are too few examples.
    """

    search: tuple[Any, ...]
    confirm: tuple[Any, ...]


def split(
    examples: Iterable[Any], rng: np.random.Generator | int | None, *, calls: int | None = None
) -> Split:
    """Splits 60 and more examples 70 : 30 at random; fewer all go to the search.

    Args:
        examples: What to split.
        rng: Source of chance.
        calls: The search's budget. Where it buys fewer than 20 evaluations on 70 % of the
            examples, the search sees fewer of them (30 at least) and more are held out.

    Raises:
        SettingsError: for arguments that cannot be split.
    """
    examples, rng = checked_list(examples), checked_rng(rng)
    n = len(examples)
    if n < FEWEST:
        return Split(tuple(examples), ())
    kept = n - round(SHARE * n)
    if calls is not None:
        kept = min(kept, max(calls // EVALUATIONS, FEWEST // 2))
    held = set(rng.permutation(n)[: n - kept].tolist())
    return Split(
        tuple(example for index, example in enumerate(examples) if index not in held),
        tuple(example for index, example in enumerate(examples) if index in held),
    )
