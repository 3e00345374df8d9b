"""What the paired test with the lock can find, computed and not simulated."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from pytest_promptevo.fitness.paired import ALPHA

FLIPS = 0.2
"""Share of examples that flip, one way or the other."""

_WIDTH = 9.0
"""Standard deviations of the number of flips that a sum over it covers."""


def power(drop: float, examples: int, flips: float = FLIPS) -> float:
    """Returns the chance that the paired test finds a drop, by the binomial distribution.

    The number of flips is binomial, and so is the number of gains among them; McNemar's
    mid-p test decides by both.

    Args:
        drop: Mean quality before minus mean quality now.
        examples: Number of examples, one answer each that is right or wrong.
        flips: Share of them that flip in the long run.
    """
    middle, spread = examples * flips, math.sqrt(examples * flips * (1 - flips))
    low = max(0, math.floor(middle - _WIDTH * spread))
    high = min(examples, math.ceil(middle + _WIDTH * spread))
    chances = _binomial(examples, flips)[low : high + 1]
    share = (flips - drop) / (2 * flips)
    return float(chances @ [_chance(flipped, share) for flipped in range(low, high + 1)])


def needed(drop: float, wanted: float, flips: float = FLIPS) -> int:
    """Returns the fewest examples from which on a drop is found often enough.

    Power is no straight line: with a few more examples it can be a little smaller. From the
    number returned on it is never below what is wanted again (looked at one by one, as far
    as that can happen).
    """
    high = 8
    while power(drop, high, flips) < wanted:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(drop, middle, flips) >= wanted else (middle, high)
    ahead = range(high, high + max(20, high // 25))
    below = [count for count in ahead if power(drop, count, flips) < wanted]
    return below[-1] + 1 if below else high


@cache
def _chance(flipped: int, share: float) -> float:
    """Returns the chance that a number of flips is found to be a fall."""
    most = _most_gains(flipped)
    return float(_binomial(flipped, share)[: most + 1].sum())


@cache
def _most_gains(flipped: int) -> int:
    """Returns the most gains among flips that still are a fall; -1 if none are."""
    chances = _binomial(flipped, 0.5)
    p_values = np.cumsum(chances) - chances / 2
    return int(np.searchsorted(p_values, ALPHA, side="right")) - 1


def _binomial(n: int, share: float) -> np.ndarray:
    """Returns the chances of 0 .. n successes."""
    counts = np.arange(n + 1)
    if share <= 0:
        return (counts == 0).astype(float)
    logs = _log_factorials(n)
    combinations = logs[n] - logs[: n + 1] - logs[n::-1]
    return np.exp(combinations + counts * math.log(share) + (n - counts) * math.log1p(-share))


_LOGS = [np.zeros(1)]


def _log_factorials(n: int) -> np.ndarray:
    if len(_LOGS[0]) <= n:
        _LOGS[0] = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, 2 * n + 2)))])
    return _LOGS[0][: n + 1]
