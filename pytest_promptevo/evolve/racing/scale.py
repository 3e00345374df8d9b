"""One scale in [0, 1] for all races of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.genome import Genome


class Scale:
    """Maps fitness to [0, 1] by what the scores at its making make possible.

    Attributes:
        span: Fitness that 1 on this scale stands for.
    """

    def __init__(self, ledger: Ledger) -> None:
        weight = ledger.objectives.weights.get("quality", 0.0)
        costs = [
            weight * score.quality - ledger.objectives.fitness(score)
            for genome in ledger.genomes()
            for score in ledger.scores(genome)
        ]
        self._ledger = ledger
        self._weight = weight
        self._low = min(weight, 0.0) - max(costs)
        self.span = max(max(weight, 0.0) - min(costs) - self._low, 1e-9)

    def values(self, genome: Genome) -> np.ndarray:
        """Returns the genome's scaled fitness on every example, NaN where it has none."""
        return np.clip((self._ledger.fitness(genome) - self._low) / self.span, 0.0, 1.0)

    def handicap(self, genome: Genome) -> float:
        """Returns how far the genome's means are beyond hard limits; 0 if they keep them.

        Each limit counts by the share by which it is missed, up to 1.
        """
        scores = self._ledger.scores(genome)
        return sum(
            min(limit.excess([getattr(score, name) for score in scores]), 1.0)
            for name, limit in self._ledger.objectives.limits.items()
        )

    def parts(self, genomes: Sequence[Genome]) -> tuple[np.ndarray, np.ndarray]:
        """Returns what quality and what costs add to the scaled fitness of genomes (rows).

        Columns are examples; there are gaps (NaN) where a genome has no score.
        """
        gained = self._ledger.objective("quality", genomes) * (self._weight / self.span)
        return gained, np.array([self.values(genome) for genome in genomes]) - gained
