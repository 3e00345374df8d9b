"""What is expected of genomes: quality and costs apart, each with a noise of its own.

Quality differs a lot from example to example, costs hardly do: a genome's costs are known from
a few examples, and are predicted well from its genes, where its quality is not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.racing.feasibility import Feasibility
from pytest_promptevo.evolve.racing.kernel import Kernel
from pytest_promptevo.evolve.racing.surrogate import Surrogate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.genome import Genome, SearchSpace


class Beliefs:
    """The sum of two independent surrogates, and the chances of keeping limits.

    Args:
        space: The genes.
        ledger: The scores, and the limits.
        blind: Whether genomes are taken to have nothing in common.
        texts: Whether texts that are not the same may be alike.
    """

    def __init__(
        self, space: SearchSpace, ledger: Ledger, *, blind: bool, texts: bool = True
    ) -> None:
        self._kernel = Kernel(space, texts=texts)
        self._feasibility = Feasibility(space, ledger, self._kernel, blind=blind)
        self._parts = [Surrogate(space, blind=blind, kernel=self._kernel) for _ in range(2)]
        self._genomes: Sequence[Genome] = ()

    def fit(
        self, genomes: Sequence[Genome], parts: Sequence[tuple[np.ndarray, np.ndarray]]
    ) -> None:
        """Learns from what quality and costs add, each as effects and their variances."""
        self._genomes = genomes
        likeness = self._kernel.likeness(genomes, genomes)
        for surrogate, (effects, variances) in zip(self._parts, parts, strict=True):
            surrogate.learn(genomes, likeness, effects, variances)
        self._feasibility.fit(genomes, likeness)

    def fitted(self) -> np.ndarray:
        """Returns what is expected of the genomes that were learnt from."""
        return np.asarray(sum(surrogate.fitted() for surrogate in self._parts))

    def mean(self, genomes: Sequence[Genome]) -> np.ndarray:
        """Returns what is expected of any genomes."""
        return np.asarray(sum(self.means(genomes)))

    def means(self, genomes: Sequence[Genome]) -> tuple[np.ndarray, ...]:
        """Returns what is expected of quality and of costs, each by genome."""
        return tuple(surrogate.predict(genomes)[0] for surrogate in self._parts)

    def contrast(self, best: Genome, genomes: Sequence[Genome]) -> tuple[np.ndarray, np.ndarray]:
        """Returns expected differences to the best genome, and their standard deviations."""
        likeness = self._kernel.likeness(self._genomes, [best, *genomes])
        own = self._kernel.likeness([best], genomes)
        parts = [surrogate.contrast(best, genomes, likeness, own) for surrogate in self._parts]
        return (
            np.asarray(sum(gain for gain, _ in parts)),
            np.sqrt(np.asarray(sum(variance for _, variance in parts))),
        )

    def feasible(self, genomes: Sequence[Genome]) -> np.ndarray:
        """Returns the chances of genomes to keep all hard limits."""
        return self._feasibility.chance(genomes, self._kernel.likeness(self._genomes, genomes))


def expected_improvement(gain: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Returns by how much genomes are better than the best one in the mean, losses counted as 0.

    See Jones, Schonlau and Welch 1998, "Efficient global optimization of expensive black-box
    functions", equation 15.

    Args:
        gain: Expected difference to the best one.
        spread: Its standard deviation.
    """
    spread = np.maximum(spread, 1e-9)
    z = gain / spread
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    below = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in z])
    return np.asarray(spread * (density + z * below))
