"""Chooses operators by the fitness they gained per call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator

_PRIOR = 4.0


class OperatorBandit:
    """Thompson sampling of Gamma-distributed rates.

    Args:
        shares: How often each operator is chosen as long as nothing is known.
        unit: Gain that counts as one success.
    """

    def __init__(self, shares: Mapping[str, float], unit: float) -> None:
        self._unit = unit
        self._shapes = {name: _PRIOR * share for name, share in shares.items()}
        self._costs = dict.fromkeys(shares, _PRIOR)

    def choose(self, rng: Generator) -> str:
        """Returns the operator whose drawn rate is the highest."""
        drawn = {
            name: rng.gamma(shape) / self._costs[name] for name, shape in self._shapes.items()
        }
        return max(drawn, key=lambda name: drawn[name])

    def learn(self, name: str, gain: float, cost: float) -> None:
        """Notes what a child of an operator brought.

        Args:
            name: The operator.
            gain: Fitness that it added to the best genome; 0 if none.
            cost: Calls it took, in units of one full evaluation.
        """
        self._shapes[name] += gain / self._unit
        self._costs[name] += cost
