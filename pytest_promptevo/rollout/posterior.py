"""What is believed about an arm's mean reward, as random draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from random import Random

    from pytest_promptevo.rollout.prior import Prior

VARIANCE = 0.1
"""The variance of a reward that is expected before the first outcome."""

EAGER = 0.8
"""Width of normal draws over that of the posterior: whole ones explore more than pays."""


class Posterior(Protocol):
    """What is believed about a mean reward."""

    def draw(self, rng: Random) -> float:
        """Returns a mean reward, as probable as it is believed to be."""


class Normal:
    """Rewards of unknown mean and variance: a normal-inverse-gamma posterior.

    The update is the textbook's (Murphy 2007, "Conjugate Bayesian analysis of the Gaussian
    distribution", section 6), on sums.

    Args:
        prior: What was believed before.
        n: Number of outcomes; weighted ones count in parts.
        total: Sum of rewards.
        squares: Sum of their squares.
    """

    def __init__(self, prior: Prior, n: float, total: float, squares: float) -> None:
        weight = prior.believed
        self.count = weight + n
        self.mean = (weight * prior.mean + total) / self.count
        own = total / n if n else prior.mean
        around = max(squares - n * own * own, 0.0)
        between = weight * n * (own - prior.mean) ** 2 / self.count
        self.shape = 1 + n / 2
        self.scale = VARIANCE + (around + between) / 2

    def draw(self, rng: Random) -> float:
        """Returns a mean reward, a little nearer to the expected one than it is believed to be."""
        variance = self.scale / rng.gammavariate(self.shape, 1)
        return rng.gauss(self.mean, EAGER * math.sqrt(variance / self.count))


class Beta:
    """Rewards as fractions of success: a fraction r counts r successes and 1 - r failures.

    Args:
        prior: What was believed before.
        n: Number of outcomes; weighted ones count in parts.
        total: Sum of rewards.
    """

    def __init__(self, prior: Prior, n: float, total: float) -> None:
        weight = prior.believed
        self.alpha = max(weight * prior.mean + total, 1e-6)
        self.beta = max(weight * (1 - prior.mean) + n - total, 1e-6)

    def draw(self, rng: Random) -> float:
        """Returns a mean reward, as probable as it is believed to be."""
        return rng.betavariate(self.alpha, self.beta)


def posterior_of(
    kind: Literal["normal", "beta"], prior: Prior, sums: tuple[float, float, float]
) -> Posterior:
    """Returns what is believed after outcomes.

    Args:
        kind: Which family.
        prior: What was believed before.
        sums: Number of outcomes, sum of rewards, sum of their squares.
    """
    n, total, squares = sums
    return Normal(prior, n, total, squares) if kind == "normal" else Beta(prior, n, total)
