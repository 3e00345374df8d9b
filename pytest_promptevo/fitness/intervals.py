"""Means with 95 % confidence intervals, and percentiles."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % confidence interval.

    Attributes:
        mean: The mean.
        low: Lower end of the interval.
        high: Upper end.
        n: Number of examples.
    """

    mean: float
    low: float
    high: float
    n: int

    def within(self, low: float, high: float) -> Estimate:
        """Returns the estimate with an interval that leaves out what is impossible."""
        return replace(self, low=max(self.low, low), high=min(self.high, high))

    def __str__(self) -> str:
        return f"{self.mean:.4g} [{self.low:.4g}, {self.high:.4g}]"


def mean_interval(values: Sequence[float]) -> Estimate:
    """Returns the mean with Student's 95 % interval (no width for a single value)."""
    values = [float(value) for value in values]  # statistics.stdev knows no numpy integers
    mean = fmean(values)
    n = len(values)
    if n < 2:
        return Estimate(mean, mean, mean, n)
    half = student_quantile(0.975, n - 1) * stdev(values) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def wilson_interval(successes: int, n: int) -> Estimate:
    """Returns a share with Wilson's 95 % score interval (Wilson 1927)."""
    z = NormalDist().inv_cdf(0.975)
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    spread = share * (1 - share) / n + z * z / (4 * n * n)
    half = z / (1 + z * z / n) * math.sqrt(spread)
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == n else middle + half
    return Estimate(share, low, high, n)


def student_quantile(p: float, df: int) -> float:
    """Returns Student's quantile by Hill's expansion (Hill 1970, ACM Algorithm 396).

    Exact for one and two degrees of freedom; off by less than 0.001 for five and more.
    """
    if df == 1:
        return math.tan(math.pi * (p - 0.5))
    if df == 2:
        return (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p)))
    z = NormalDist().inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / float(df) ** (index + 1) for index, term in enumerate(terms))


def percentile(values: Sequence[float], share: float) -> float:
    """Returns a percentile with linear interpolation between neighbours."""
    ordered = sorted(values)
    index = share * (len(ordered) - 1)
    low = math.floor(index)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (index - low)
