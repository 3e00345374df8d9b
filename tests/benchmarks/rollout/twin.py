"""Bandits over many runs at a time, in numpy; a test compares them with the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.rollout import Prior
from pytest_promptevo.rollout.posterior import EAGER, VARIANCE

from .worlds import QUALITIES, SCALE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ARMS = len(QUALITIES)
GAPS = SCALE * (max(QUALITIES) - np.array(QUALITIES))
"""What a request loses in reward by arm."""

DRAWS = 250
"""Draws for shares: fewer than the package takes, so that many runs fit."""


@dataclass
class Sums:
    """What an arm brought, by run and arm.

    Attributes:
        n: Number of outcomes.
        total: Sum of rewards.
        squares: Sum of their squares.
    """

    n: np.ndarray
    total: np.ndarray
    squares: np.ndarray

    @classmethod
    def none(cls, runs: int) -> Sums:
        """Returns sums over nothing."""
        return cls(*(np.zeros((runs, ARMS)) for _ in range(3)))

    def add(self, arm: np.ndarray, reward: np.ndarray, kept: float = 1.0) -> None:
        """Adds one outcome to each run, after all before have faded."""
        rows = np.arange(len(arm))
        for sums, value in ((self.n, 1.0), (self.total, reward), (self.squares, reward * reward)):
            if kept < 1:
                sums *= kept
            sums[rows, arm] += value


def normal_parameters(sums: Sums, prior: Prior) -> tuple[np.ndarray, ...]:
    """Returns mean, count, shape and scale of the normal-inverse-gamma posteriors."""
    weight = prior.believed
    count = weight + sums.n
    own = np.where(sums.n > 0, sums.total / np.maximum(sums.n, 1e-300), prior.mean)
    around = np.maximum(sums.squares - sums.n * own * own, 0.0)
    between = weight * sums.n * (own - prior.mean) ** 2 / count
    mean = (weight * prior.mean + sums.total) / count
    return mean, count, 1 + sums.n / 2, VARIANCE + (around + between) / 2


def normal_draws(sums: Sums, rng: np.random.Generator, count: int = 1) -> np.ndarray:
    """Returns draws of mean rewards, by run, draw and arm."""
    shape = (len(sums.n), count, ARMS)
    mean, weight, half, scale = (each[:, None] for each in normal_parameters(sums, Prior()))
    variance = scale / rng.standard_gamma(np.broadcast_to(half, shape))
    return mean + EAGER * np.sqrt(variance / weight) * rng.standard_normal(shape)


def beta_draws(sums: Sums, rng: np.random.Generator, count: int = 1) -> np.ndarray:
    """Returns draws of mean rewards by the classic rule from Beta(1, 1)."""
    shape = (len(sums.n), count, ARMS)
    return rng.beta((1 + sums.total)[:, None], (1 + sums.n - sums.total)[:, None], shape)


def greedy_draws(sums: Sums, rng: np.random.Generator, count: int = 1) -> np.ndarray:
    """Returns values whose highest is the best arm so far, or any arm in a tenth of the runs."""
    means = (sums.total + 0.5) / (sums.n + 1)
    anything = rng.random((len(sums.n), ARMS))
    return np.where(rng.random((len(sums.n), 1)) < 0.1, anything, means)[:, None]


def uniform_draws(sums: Sums, rng: np.random.Generator, count: int = 1) -> np.ndarray:
    """Returns values whose highest is any arm."""
    return rng.random((len(sums.n), count, ARMS))


@dataclass(frozen=True)
class Bandit:
    """A rule of choice.

    Attributes:
        draws: Values whose highest is chosen.
        every: Requests for which shares stay; 1: each request has draws of its own.
        half_life: Requests after which an outcome counts half.
        tosses: Whether a reward becomes 1 or 0 by a coin.
    """

    draws: Callable[..., np.ndarray]
    every: int = 1
    half_life: float = np.inf
    tosses: bool = False


@dataclass
class Books:
    """What a simulation keeps, by run.

    Attributes:
        regret: Reward lost so far.
        best: How often the best arm was chosen.
        at: Regret after so many requests.
    """

    regret: np.ndarray
    best: np.ndarray
    at: dict[int, np.ndarray] = field(default_factory=dict)


def simulate(
    bandit: Bandit,
    reward_of: Callable[[np.random.Generator, np.ndarray], np.ndarray],
    runs: int,
    marks: Sequence[int],
    seed: int,
) -> Books:
    """Sends requests to four arms, in all runs side by side."""
    rng = np.random.default_rng(seed)
    sums, books = Sums.none(runs), Books(np.zeros(runs), np.zeros(runs))
    kept = 0.5 ** (1 / bandit.half_life)
    shares = np.full((runs, ARMS), 1 / ARMS)
    for request in range(max(marks)):
        if bandit.every == 1:
            arm = bandit.draws(sums, rng)[:, 0].argmax(1)
        else:
            if request and request % bandit.every == 0:
                shares = shares_of(bandit.draws(sums, rng, DRAWS))
            point = rng.random((runs, 1))
            arm = np.minimum((point >= shares.cumsum(1)).sum(1), ARMS - 1)
        reward = reward_of(rng, np.array(QUALITIES)[arm])
        seen = (rng.random(runs) < reward) * 1.0 if bandit.tosses else reward
        sums.add(arm, seen, kept)
        books.regret += GAPS[arm]
        books.best += GAPS[arm] == 0
        if request + 1 in marks:
            books.at[request + 1] = books.regret.copy()
    return books


def shares_of(draws: np.ndarray) -> np.ndarray:
    """Returns how often each arm has the highest draw, by run and arm."""
    return (draws.argmax(2)[..., None] == np.arange(draws.shape[2])).mean(1)
