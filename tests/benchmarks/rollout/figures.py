"""Figures with 95 % intervals, as cells of a table."""

from __future__ import annotations

import math
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import mean_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence


def share(hits: Sequence[bool]) -> str:
    """Returns a share in per cent, with Wilson's interval."""
    found = wilson_interval(sum(hits), len(hits))
    return f"{100 * found.mean:.1f} % [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def middle(values: Sequence[float]) -> str:
    """Returns a median, with an interval between order statistics."""
    ordered = sorted(values)
    n = len(ordered)
    half = NormalDist().inv_cdf(0.975) * n**0.5 / 2
    low = ordered[max(round(n / 2 - half) - 1, 0)]
    high = ordered[min(round(n / 2 + half), n - 1)]
    told = [
        "never" if math.isinf(each) else f"{each:,.0f}" for each in (median(ordered), low, high)
    ]
    return f"{told[0]} [{told[1]}, {told[2]}]" if low != high else told[0]


def average(values: Sequence[float]) -> str:
    """Returns a mean, with Student's interval."""
    found = mean_interval(values)
    return f"{found.mean:.1f} [{found.low:.1f}, {found.high:.1f}]"


def bar(is_met: bool, words: str) -> str:
    """Returns what a figure must be, and whether it is."""
    return words if is_met else f"{words}: **missed**"
