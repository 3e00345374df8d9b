"""Rollouts of one candidate up to the last stage, many runs at a time, in numpy.

Up to there nothing is drawn at random but the traffic, so that a run is the same as one of
`rollouts.roll_out` with the same traffic; `test_rollout_benchmark` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.rollout import RolloutSettings
from pytest_promptevo.rollout.baseline import MEMORY, Baseline
from pytest_promptevo.rollout.evidence import BETS, DARING, INVESTED, PATIENCE
from pytest_promptevo.rollout.guard import ALPHA_SPLIT, EFFECTS, FINE_EFFECTS

from .rollouts import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from .worlds import World

DEFAULTS = RolloutSettings()
_OPEN, _REACHED, _DROPPED = 0, 1, 2


@dataclass
class Wealth:
    """The evidence of many runs."""

    bets: np.ndarray
    reserve: np.ndarray

    @classmethod
    def of(cls, runs: int, invested: float) -> Wealth:
        """Returns no evidence yet."""
        return cls(np.full((runs, BETS), invested / BETS), np.full(runs, 1 - invested))

    def bet(
        self,
        at: np.ndarray,
        seen: int,
        draw: np.ndarray,
        worst: np.ndarray,
        effects: np.ndarray,
        variance: np.ndarray,
    ) -> None:
        """Bets in the runs `at`."""
        moved = self.reserve[at] / (seen + PATIENCE)
        self.reserve[at] -= moved
        stakes = np.minimum(effects / variance[:, None], (DARING / worst)[:, None])
        self.bets[at] = (self.bets[at] + moved[:, None] / BETS) * (1 + stakes * draw[:, None])

    def total(self) -> np.ndarray:
        """Returns the wealth of each run."""
        return self.bets.sum(1) + self.reserve


class Twin:
    """All runs in one world.

    Args:
        world: The world; its outcomes have neither latency nor tokens and are never invalid.
        runs: How many.
        uniform: Makes random numbers in [0, 1) for the runs whose numbers it is given: for each
            request first which arm is chosen, then whether the answer is right.
        settings: How the rollout goes.
    """

    def __init__(
        self,
        world: World,
        runs: int,
        uniform: Callable[[np.ndarray], np.ndarray],
        settings: RolloutSettings = DEFAULTS,
    ) -> None:
        self._world, self._uniform, self._settings = world, uniform, settings
        start = Baseline()
        self._mean = np.full(runs, start.reward)
        self._variance = np.full(runs, start.variance)
        self._controls = np.zeros(runs)
        self._worse, self._fine = Wealth.of(runs, INVESTED), Wealth.of(runs, 1.0)
        self._stage, self._in_stage = np.zeros(runs, int), np.zeros(runs)
        self._exposed, self._state = np.zeros(runs, int), np.full(runs, _OPEN)
        self._ended = np.zeros(runs, int)

    def run(self) -> list[Run]:
        """Returns each run up to the last stage, a drop, or the end of the world."""
        for request in range(1, self._world.requests + 1):
            open_runs = np.flatnonzero(self._state == _OPEN)
            if not len(open_runs):
                break
            self._request(open_runs, request)
            if request % self._world.look == 0:
                self._look(request)
        return [
            Run(
                int(self._ended[index]) if self._state[index] == _REACHED else None,
                bool(self._state[index] == _DROPPED),
                False,
                int(self._exposed[index]),
            )
            for index in range(len(self._state))
        ]

    def _request(self, at: np.ndarray, request: int) -> None:
        share = np.array(self._settings.stages)[self._stage[at]]
        rest = 1 - share
        is_new = self._uniform(at) < share
        qualities = [self._world.quality(arm, request) for arm in (-1, 0)]
        reward = (self._uniform(at) < np.take(qualities, is_new * 1)) * 1.0
        mean = self._mean[at]
        off = reward - mean
        draw = np.where(is_new, off / share, -off / rest)
        variance = np.maximum(self._variance[at], 1e-4) / (share * rest)
        highest = np.maximum((1 - mean) / share, mean / rest)
        lowest = -np.maximum(mean / share, (1 - mean) / rest)
        margin = self._settings.margin
        self._worse.bet(at, request - 1, -draw, highest, np.array(EFFECTS), variance)
        self._fine.bet(
            at,
            request - 1,
            draw + margin,
            np.maximum(-lowest - margin, margin),
            margin * np.array(FINE_EFFECTS),
            variance,
        )
        self._exposed[at[is_new]] += 1
        self._in_stage[at[is_new]] += 1
        self._learn(at[~is_new], reward[~is_new])

    def _learn(self, at: np.ndarray, reward: np.ndarray) -> None:
        rate = 1 / np.minimum(self._controls[at] + 5, MEMORY)
        off = reward - self._mean[at]
        self._mean[at] += rate * off
        self._variance[at] = (1 - rate) * (self._variance[at] + rate * off * off)
        self._controls[at] += 1

    def _look(self, request: int) -> None:
        settings, is_open = self._settings, self._state == _OPEN
        drop_at = 1 / (ALPHA_SPLIT["reward"] * settings.alpha)
        is_dropped = is_open & (self._worse.total() >= drop_at)
        last = len(settings.stages) - 1
        needed = np.full(last, settings.advance_at)
        needed[-1] = max(settings.advance_at, 1 / settings.risk)
        is_fine = self._fine.total() >= needed[np.minimum(self._stage, last - 1)]
        goes_on = is_open & ~is_dropped & is_fine & (self._in_stage >= settings.min_outcomes)
        self._stage[goes_on] += 1
        self._in_stage[goes_on] = 0
        self._state[is_dropped] = _DROPPED
        self._state[goes_on & (self._stage == last)] = _REACHED
        self._ended[is_dropped | goes_on] = request


def roll_out_many(world: World, runs: int, seed: int) -> list[Run]:
    """Returns runs up to the last stage."""
    rng = np.random.default_rng(seed)
    return Twin(world, runs, lambda at: rng.random(len(at))).run()
