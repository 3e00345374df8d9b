"""From a fitness to a reward in [0, 1], which outcomes of production are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.score import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORST_COSTS = 2.0
"""Times the mean costs at which a reward is lowest, unless something else is said."""


@dataclass(frozen=True)
class RewardScale:
    """The two fitnesses that are worth nothing and all: ``clip((fitness - low) / (high - low))``.

    Attributes:
        low: Fitness of reward 0.
        high: Fitness of reward 1.
    """

    low: float
    high: float

    @classmethod
    def of(cls, weights: Mapping[str, float], means: Mapping[str, float]) -> RewardScale:
        """Returns the scale between a perfect answer for nothing and a failure at twice the costs.

        Args:
            weights: Objective to weight.
            means: Objective to its mean, where known.
        """
        best = worst = 0.0
        for name in NAMES:
            weight = weights.get(name, 0.0)
            most = 1.0 if name == "quality" else _WORST_COSTS * means.get(name, 0.0)
            best += max(0.0, weight * most)
            worst += min(0.0, weight * most)
        return cls(worst, best) if best > worst else cls(worst, worst + 1.0)

    def reward(self, fitness: float) -> float:
        """Returns the reward of a fitness."""
        return min(max((fitness - self.low) / (self.high - self.low), 0.0), 1.0)
