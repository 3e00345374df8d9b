"""Scores of single examples, the fitness of a suite, and what breaches its gate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES = ("quality", "latency_ms", "tokens", "repairs")
"""The objectives, in the order in which they are shown."""

DEFAULT_WEIGHTS = {"quality": 1.0, "latency_ms": -0.001, "tokens": -0.0005, "repairs": -0.2}


@dataclass(frozen=True)
class Score:
    """What one genome achieved on one example.

    Attributes:
        quality: In [0, 1], from the scorers.
        latency_ms: Milliseconds the engine worked on it, without loading and queueing.
        tokens: Prompt and completion tokens of all its calls.
        repairs: Rounds of repair until the output was valid.
    """

    quality: float
    latency_ms: float = 0.0
    tokens: float = 0.0
    repairs: float = 0.0

    def vector(self) -> tuple[float, float, float, float]:
        """Returns the four figures in the order of `NAMES`."""
        return (self.quality, self.latency_ms, self.tokens, self.repairs)


@dataclass(frozen=True)
class Limit:
    """Hard limits on one objective's suite mean (or 95th percentile)."""

    min: float | None = None
    max: float | None = None
    p95_max: float | None = None


@dataclass(frozen=True)
class Objectives:
    """How the four figures make one fitness, and which limits must hold.

    Attributes:
        weights: Objective to weight; fitness is the sum of weight x objective.
        limits: Objective to hard limits.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def fitness(self, score: Score) -> float:
        """Returns the fitness of one example."""
        vector = score.vector()
        return sum(self.weights.get(name, 0.0) * vector[at] for at, name in enumerate(NAMES))

    def best_possible(self) -> float:
        """Returns the fitness of a perfect answer that costs nothing."""
        return max(0.0, self.weights.get("quality", 0.0))

    def breaches(self, scores: Sequence[Score]) -> list[str]:
        """Returns a sentence for each hard limit that the scores break."""
        made = []
        for name, limit in self.limits.items():
            column = [getattr(score, name) for score in scores]
            mean = fmean(column)
            if limit.min is not None and mean < limit.min:
                made.append(f"{name} {mean:.4g} is below its limit {limit.min:g}")
            if limit.max is not None and mean > limit.max:
                made.append(f"{name} {mean:.4g} is above its limit {limit.max:g}")
            if limit.p95_max is not None and percentile(column, 0.95) > limit.p95_max:
                high = percentile(column, 0.95)
                made.append(f"p95 of {name} {high:.4g} is above its limit {limit.p95_max:g}")
        return made


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

    def __str__(self) -> str:
        return f"{self.mean:.4g} [{self.low:.4g}, {self.high:.4g}]"


@dataclass(frozen=True)
class Figures:
    """A suite's figures: means with intervals, and the percentiles of latency.

    Attributes:
        fitness: Mean fitness of the examples.
        objectives: Objective to its mean.
        latency_p50: Median latency in milliseconds.
        latency_p95: 95th percentile of latency in milliseconds.
    """

    fitness: Estimate
    objectives: Mapping[str, Estimate]
    latency_p50: float
    latency_p95: float


def figures(scores: Sequence[Score], objectives: Objectives) -> Figures:
    """Adds up the scores of a suite.

    Raises:
        ValueError: if there are no scores.
    """
    if not scores:
        raise ValueError("no scores to add up")
    latencies = [score.latency_ms for score in scores]
    return Figures(
        fitness=mean_interval([objectives.fitness(score) for score in scores]),
        objectives={
            name: _interval(name, [getattr(score, name) for score in scores]) for name in NAMES
        },
        latency_p50=percentile(latencies, 0.5),
        latency_p95=percentile(latencies, 0.95),
    )


def _interval(name: str, values: Sequence[float]) -> Estimate:
    if name == "quality" and all(value in (0.0, 1.0) for value in values):
        return wilson_interval(round(sum(values)), len(values))
    return mean_interval(values)


def mean_interval(values: Sequence[float]) -> Estimate:
    """Returns the mean with Student's 95 % interval (no width for a single value)."""
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
    return z + math.fsum(term / float(df) ** (at + 1) for at, term in enumerate(terms))


def percentile(values: Sequence[float], share: float) -> float:
    """Returns a percentile with linear interpolation between neighbours."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
