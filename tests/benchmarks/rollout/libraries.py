"""Thompson sampling of the package and of other libraries: choose, then learn."""

from __future__ import annotations

import math
import random
import time
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.rollout import Normal, Prior, Tally

from .twin import ARMS, GAPS
from .worlds import QUALITIES

if TYPE_CHECKING:
    from collections.abc import Callable


class MabWiser:
    """MABWiser's Thompson sampling; it takes rewards of 0 or 1, so a coin makes them."""

    name = "MABWiser, Beta by coin"

    def __init__(self, seed: int) -> None:
        from mabwiser.mab import MAB, LearningPolicy

        self._rng = np.random.default_rng(seed)
        self._mab = MAB(list(range(ARMS)), LearningPolicy.ThompsonSampling(), seed=seed)
        self._mab.fit(list(range(ARMS)) * 2, [0] * ARMS + [1] * ARMS)

    def choose(self) -> int:
        """Returns an arm."""
        return self._mab.predict()

    def update(self, arm: int, reward: float) -> None:
        """Learns from a reward."""
        self._mab.partial_fit([arm], [int(self._rng.random() < reward)])


class Own:
    """The package's normal posterior, request by request."""

    name = "normal-inverse-gamma (this package)"

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._tallies = [Tally()] * ARMS
        self._posteriors: list[Normal] = [Normal(Prior(), 0, 0, 0)] * ARMS

    def choose(self) -> int:
        """Returns an arm."""
        drawn = [posterior.draw(self._rng) for posterior in self._posteriors]
        return drawn.index(max(drawn))

    def update(self, arm: int, reward: float) -> None:
        """Learns from a reward."""
        tally = self._tallies[arm].add(reward, 0, math.inf)
        self._tallies[arm] = tally
        self._posteriors[arm] = Normal(Prior(), tally.n, tally.total, tally.squares)


class BayesianBandits:
    """bayesianbandits' normal-inverse-gamma agent."""

    name = "bayesianbandits, normal-inverse-gamma"

    def __init__(self, seed: int) -> None:
        from bayesianbandits import Agent, Arm, NormalInverseGammaRegressor, ThompsonSampling

        arms = [
            Arm(arm, learner=NormalInverseGammaRegressor(mu=0.5, lam=1.0, a=1.0, b=0.1))
            for arm in range(ARMS)
        ]
        self._agent = Agent(arms, ThompsonSampling(), random_seed=seed)

    def choose(self) -> int:
        """Returns an arm."""
        (arm,) = self._agent.pull()
        return arm

    def update(self, arm: int, reward: float) -> None:
        """Learns from a reward."""
        self._agent.select_for_update(arm).update(np.array([reward]))


BANDITS = (Own, MabWiser, BayesianBandits)


def regret_of(
    bandit_type: type[Own | MabWiser | BayesianBandits],
    reward_of: Callable[[np.random.Generator, np.ndarray], np.ndarray],
    requests: int,
    seed: int,
) -> tuple[float, float]:
    """Returns the reward that a bandit lost, and microseconds of CPU a step."""
    rng = np.random.default_rng(seed)
    bandit = bandit_type(seed)
    lost, spent = 0.0, 0.0
    for _ in range(requests):
        start = time.process_time()
        arm = bandit.choose()
        spent += time.process_time() - start
        reward = float(reward_of(rng, np.array([QUALITIES[arm]]))[0])
        start = time.process_time()
        bandit.update(arm, reward)
        spent += time.process_time() - start
        lost += float(GAPS[arm])
    return lost, 1e6 * spent / requests
