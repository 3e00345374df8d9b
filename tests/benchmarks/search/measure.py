"""What a search's trace says: calls until it was good enough, and ratios with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS = 4000


def calls_until(trace: Sequence[tuple[int, int]], values: np.ndarray, share: float) -> float:
    """Returns the calls spent when the recommended genome became good enough for good.

    Good enough is a true fitness of at least `share` of the best one in the whole table;
    for good means that no later recommended genome falls below that again.

    Args:
        trace: Calls and number of each recommended genome.
        values: True fitness of every genome.
        share: Such as 0.95.

    Returns:
        The calls; infinity for a censored run, which ended without being good enough.
    """
    goal = share * float(values.max()) - 1e-12
    reached = math.inf
    for calls, genome in reversed(trace):
        if values[genome] < goal:
            break
        reached = calls
    return reached


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians with its 95 % bootstrap interval.

    Attributes:
        value: The ratio.
        low: Lower end.
        high: Upper end; infinity if censored runs leave it open.
        at_most: Whether runs of the other method that never arrived were counted as if
            they had arrived with their last call: the ratio is then at most `value`.
    """

    value: float
    low: float
    high: float
    at_most: bool = False

    def __str__(self) -> str:
        sign = "≤ " if self.at_most else ""
        return f"{sign}{_figure(self.value)} [{_figure(self.low)}, {_figure(self.high)}]"


def ratio(
    ours: Sequence[float], theirs: Sequence[float], budget: float, rng: np.random.Generator
) -> Ratio:
    """Compares the medians of two methods whose runs are paired by seed.

    Seeds are drawn with replacement, both methods together. A censored run of ours counts
    as infinitely dear, one of theirs as if it had arrived at the budget, so that the
    ratio is never too kind to us.
    """
    first, second = np.array(ours, float), np.array(theirs, float)
    if first.shape != second.shape or not len(first):
        raise ValueError("runs must be paired")
    open_end = math.isinf(_median(second))
    second = np.minimum(second, budget)
    drawn = rng.integers(len(first), size=(DRAWS, len(first)))
    many = np.array([_quotient(first[each], second[each]) for each in drawn])
    low, high = np.quantile(many, [0.025, 0.975], method="nearest")
    return Ratio(_quotient(first, second), float(low), float(high), open_end)


def median(values: Sequence[float]) -> float:
    """Returns the median; infinity if at least half of the values are infinite."""
    return _median(np.array(values, float))


def _median(values: np.ndarray) -> float:
    ordered = np.sort(values)
    middle = ordered[[(len(ordered) - 1) // 2, len(ordered) // 2]]
    return float(middle.mean()) if np.isfinite(middle).all() else math.inf


def _quotient(first: np.ndarray, second: np.ndarray) -> float:
    above, below = _median(first), _median(second)
    if below == 0:
        return 1.0 if above == 0 else math.inf
    return above / below


def _figure(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.2f}"
