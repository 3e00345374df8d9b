"""One test of the winner against the genome it would replace, on held-out examples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from pytest_promptevo.fitness import mean_interval, student_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Estimate, Objectives, Score

ALPHA = 0.05
POWER = 0.8
DRAWS = 20_000
_EXACT_UP_TO = 14
_FEWEST = 6


@dataclass(frozen=True)
class Confirmation:
    """What a paired test says about a new genome.

    Attributes:
        n: Number of examples.
        difference: Mean fitness of the new genome minus that of the old one,
            with Student's paired 95 % interval.
        p_value: Two-sided, of the sign-flip permutation test.
        detectable: Smallest mean difference that the test finds with a power of 80 %;
            None where no difference could be significant (fewer than six examples).
        verdict: ``confirmed`` or ``worse`` below a p-value of 0.05, else ``inconclusive``.
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
    opposite sign (Fisher's randomization test). All signs are tried where that are at
    most 2^14, else 20,000 random ones.

    Raises:
        ValueError: if there are no scores or not the same number of both.
    """
    if not old or len(old) != len(new):
        raise ValueError(f"{len(old)} old and {len(new)} new scores make no pairs")
    gained = np.array(
        [objectives.fitness(b) - objectives.fitness(a) for a, b in zip(old, new, strict=True)]
    )
    p_value = sign_flip_p(gained, np.random.default_rng(rng))
    difference = mean_interval(gained.tolist())
    verdict: Literal["confirmed", "inconclusive", "worse"] = "inconclusive"
    if p_value < ALPHA:
        verdict = "confirmed" if difference.mean > 0 else "worse"
    return Confirmation(
        n=len(gained),
        difference=difference,
        p_value=p_value,
        detectable=_detectable(gained, objectives),
        verdict=verdict,
    )


def sign_flip_p(differences: np.ndarray, rng: np.random.Generator) -> float:
    """Returns the two-sided p-value of the hypothesis that differences are symmetric about 0."""
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0
    bound = abs(moved.sum()) * (1 - 1e-9)
    if len(moved) <= _EXACT_UP_TO:
        bits = np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved)) & 1
        return float(np.mean(np.abs((2 * bits - 1) @ moved) >= bound))
    hits = 0
    for _ in range(DRAWS // 1000):
        signs = rng.integers(0, 2, (1000, len(moved))) * 2 - 1
        hits += int(np.sum(np.abs(signs @ moved) >= bound))
    return (1 + hits) / (1 + DRAWS)


def _detectable(differences: np.ndarray, objectives: Objectives) -> float | None:
    n = len(differences)
    if n < _FEWEST:
        return None
    # Pairs that all agree do not prove a spread of zero: as if one pair had disagreed.
    least = abs(objectives.best_possible()) / math.sqrt(n)
    spread = max(float(np.std(differences, ddof=1)), least)
    factor = student_quantile(1 - ALPHA / 2, n - 1) + NormalDist().inv_cdf(POWER)
    return factor * spread / math.sqrt(n)
