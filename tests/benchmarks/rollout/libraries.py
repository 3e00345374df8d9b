"""Thompson sampling of other libraries, as they are meant to be called: choose, then learn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

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


LIBRARIES = (MabWiser, BayesianBandits)


def regret_of(
    library: type[MabWiser | BayesianBandits],
    reward_of: Callable[[np.random.Generator, np.ndarray], np.ndarray],
    requests: int,
    seed: int,
) -> tuple[float, float]:
    """Returns the reward that a library lost, and microseconds a step."""
    rng = np.random.default_rng(seed)
    bandit = library(seed)
    lost, spent = 0.0, 0.0
    for _ in range(requests):
        start = time.perf_counter()
        arm = bandit.choose()
        spent += time.perf_counter() - start
        reward = float(reward_of(rng, np.array([QUALITIES[arm]]))[0])
        start = time.perf_counter()
        bandit.update(arm, reward)
        spent += time.perf_counter() - start
        lost += float(GAPS[arm])
    return lost, 1e6 * spent / requests
