"""Keeps some examples away from the search, to confirm its winner on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 60
SHARE = 0.3


@dataclass(frozen=True)
class Split:
    """Examples to search on and examples to confirm on, in their original order.

    Attributes:
        search: What the search sees.
        confirm: What it never sees; empty if there are too few examples.
    """

    search: tuple[Any, ...]
    confirm: tuple[Any, ...]


def split(examples: Sequence[Any], rng: np.random.Generator | int | None) -> Split:
    """Splits 60 and more examples 70 : 30 at random; fewer all go to the search."""
    n = len(examples)
    if n < FEWEST:
        return Split(tuple(examples), ())
    held = set(np.random.default_rng(rng).permutation(n)[: round(SHARE * n)].tolist())
    return Split(
        tuple(example for at, example in enumerate(examples) if at not in held),
        tuple(example for at, example in enumerate(examples) if at in held),
    )
