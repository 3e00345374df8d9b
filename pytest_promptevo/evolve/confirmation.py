"""One test of the winner against the genome it would replace, on held-out examples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from pytest_promptevo.fitness import mean_interval, student_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.fitness import Estimate, Objectives, Score

ALPHA = 0.05
POWER = 0.8
DRAWS = 20_000
_EXACT_UP_TO = 14
_FEWEST = 5


@dataclass(frozen=True)
class Confirmation:
    """What a paired test says about a new genome.

    Attributes:
        n: Number of examples.
        difference: Mean fitness of the new genome minus that of the old one,
            with Student's paired 95 % interval.
        p_value: One-sided, of the sign-flip permutation test: how often chance alone makes a
            genome that is no better look as good as this one (half of the cases in which it
            looks just as good count).
        detectable: Smallest mean difference that the test finds with a power of 80 %;
            None where no difference could be significant (fewer than five examples).
        verdict: ``confirmed`` from a p-value of 0.05 down, ``worse`` where the old genome would
            be confirmed against the new one, else ``inconclusive``.
    """

    n: int
    difference: Estimate
    p_value: float
    detectable: float | None
    verdict: Literal["confirmed", "inconclusive", "worse"]


def confirm(
    old: Sequence[Score],
    new: Sequence[Score],
    objectives: Objectives,
    rng: np.random.Generator | int | None,
) -> Confirmation:
    """Compares two genomes by their scores on the same examples in the same order.

    Under the null hypothesis each difference of fitness is as likely to have the
    opposite sign (Fisher's randomization test, by its mid-p value). All signs are tried where
    that are at most 2^14, else 20,000 random ones. Each score counts as an observation of its
    own: of examples that share an answer give one.

    Raises:
        ValueError: if there are no scores or not the same number of both.
    """
    if not old or len(old) != len(new):
        raise ValueError(f"{len(old)} old and {len(new)} new scores make no pairs")
    gained = np.array(
        [objectives.fitness(b) - objectives.fitness(a) for a, b in zip(old, new, strict=True)]
    )
    better, worse = sign_flip_p(gained, np.random.default_rng(rng), is_mid=True)
    verdict: Literal["confirmed", "inconclusive", "worse"] = "inconclusive"
    if min(better, worse) <= ALPHA:
        verdict = "confirmed" if better < worse else "worse"
    return Confirmation(
        n=len(gained),
        difference=mean_interval(gained.tolist()),
        p_value=better,
        detectable=_detectable(gained, objectives),
        verdict=verdict,
    )


def sign_flip_p(
    differences: np.ndarray, rng: np.random.Generator, *, is_mid: bool = False
) -> tuple[float, float]:
    """Returns one-sided p-values of the hypothesis that differences are symmetric about 0.

    Args:
        differences: The differences.
        rng: Source of the signs, where not all are tried.
        is_mid: Whether only half of the chance of the sum that was seen counts (the mid-p value,
            Lancaster 1961). On qualities of 0 and 1 it keeps its level where the whole one is too
            careful (McNemar's test: Fagerland et al. 2013). Of fewer than five differences all
            counts.

    Returns:
        How often random signs make the sum as large as it is, and as small.
    """
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0, 1.0
    total, slack = moved.sum(), np.abs(moved).sum() * 1e-12
    counted = 0.5 if is_mid and len(moved) >= _FEWEST else 1.0
    above, same, below, draws = 0, 0, 0, 0
    for signs in _signs(len(moved), rng):
        sums = signs @ moved
        above += int(np.sum(sums > total + slack))
        same += int(np.sum(np.abs(sums - total) <= slack))
        below += int(np.sum(sums < total - slack))
        draws += len(sums)
    drawn = int(len(moved) > _EXACT_UP_TO)  # what was seen is one of the draws, too
    better, worse = ((each + counted * same + drawn) / (draws + drawn) for each in (above, below))
    return better, worse


def _signs(count: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yields all signs of so many differences, or rows of random ones."""
    if count <= _EXACT_UP_TO:
        yield 2 * (np.arange(2**count)[:, None] >> np.arange(count) & 1) - 1
    else:
        for _ in range(DRAWS // 1000):
            yield rng.integers(0, 2, (1000, count)) * 2 - 1


def _detectable(differences: np.ndarray, objectives: Objectives) -> float | None:
    n = len(differences)
    if n < _FEWEST:
        return None
    # Pairs that all agree do not prove a spread of zero: as if one pair had disagreed.
    least = abs(objectives.best_possible()) / math.sqrt(n)
    spread = max(float(np.std(differences, ddof=1)), least)
    factor = student_quantile(1 - ALPHA, n - 1) + NormalDist().inv_cdf(POWER)
    return factor * spread / math.sqrt(n)
