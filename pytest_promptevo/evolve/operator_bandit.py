"""Chooses operators by how often their children succeeded per call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator

PRIOR = 4.0
"""How many full evaluations the shares count for that stand at the beginning."""


class OperatorBandit:
    """Thompson sampling: each operator's rate of success per call is Gamma distributed.

    Args:
        shares: How promising each operator is as long as nothing is known.
    """

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._successes = {name: PRIOR * share for name, share in shares.items()}
        self._costs = dict.fromkeys(shares, PRIOR)

    def choose(self, count: int, rng: Generator) -> list[str]:
        """Returns operators, each the one with the highest rate in a draw of its own."""
        names = list(self._successes)
        shapes = np.array(list(self._successes.values()))
        rates = rng.gamma(shapes, size=(count, len(names))) / np.array(list(self._costs.values()))
        return [names[index] for index in rates.argmax(axis=1).tolist()]

    def learn(self, name: str, *, success: bool, cost: float) -> None:
        """Notes how a child fared.

        Args:
            name: Its operator; others than the bandit's own are ignored.
            success: Whether it became the best genome.
            cost: Calls it took, in units of one evaluation on all examples.
        """
        if name in self._successes:
            self._successes[name] += float(success)
            self._costs[name] += cost
