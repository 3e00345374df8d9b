"""Predicts the fitness of genomes that nobody has paid for yet.

A Gaussian process: Bayesian ridge regression on the genes in kernel form. What the genes
do alone, what they do together and what is peculiar to one genome are weighed by the
likelihood of what has been seen, and so is every gene.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.racing.kernel import Kernel, Mixture, same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Genome, SearchSpace

_SCALES = (0.5, 1.0, 2.0, 4.0, 8.0)
_TOGETHER = (0.05, 0.3, 0.7)
_PECULIAR = (0.02, 0.1, 0.5)
_WEIGHTS = (0.1, 0.3, 1.0, 3.0)
_SWEEPS = 2
_GROWTH = 1.25
_JITTER = 1e-6


class Surrogate:
    """A regression of genome effects on genes.

    Args:
        space: The genes.
        blind: Whether genomes are taken to have nothing in common.
        kernel: How alike genomes are, where several surrogates share it.
    """

    def __init__(
        self, space: SearchSpace, *, blind: bool = False, kernel: Kernel | None = None
    ) -> None:
        self._kernel = kernel or Kernel(space)
        self._blind = blind
        self._mixture = Mixture(1.0, 0.3, float(blind) or 0.1, (1.0,) * len(space.free))
        self._weighed = 0

    def fit(self, genomes: Sequence[Genome], effects: np.ndarray, variances: np.ndarray) -> None:
        """Learns from estimated effects and the variances of these estimates."""
        self.learn(genomes, self._kernel.likeness(genomes, genomes), effects, variances)

    def learn(
        self,
        genomes: Sequence[Genome],
        likeness: np.ndarray,
        effects: np.ndarray,
        variances: np.ndarray,
    ) -> None:
        """Does what `fit` does, with the likeness of the genomes by gene."""
        self._genomes = list(genomes)
        spread = float(np.var(effects)) + 1e-6
        self._mean = float(np.average(effects, weights=1 / (variances + spread)))
        self._noise = variances + _JITTER
        data = _Data(likeness, effects - self._mean, self._noise)
        if len(genomes) >= _GROWTH * self._weighed:
            self._weighed = len(genomes)
            self._mixture = (
                replace(self._mixture, scale=spread)
                if self._blind
                else _weighed(self._mixture, data, spread)
            )
        self._inverse = np.linalg.inv(data.factor(self._mixture))
        self._effects = data.effects
        self._half = self._inverse @ data.effects

    def predict(self, genomes: Sequence[Genome]) -> tuple[np.ndarray, np.ndarray]:
        """Returns the expected effects of genomes and their covariance."""
        half = self._inverse @ self._covariance(self._genomes, genomes)
        return self._mean + half.T @ self._half, self._covariance(genomes, genomes) - half.T @ half

    def fitted(self) -> np.ndarray:
        """Returns the expected effects of the genomes that were learnt from."""
        return np.asarray(self._mean + self._effects - self._noise * (self._inverse.T @ self._half))

    def contrast(
        self, best: Genome, genomes: Sequence[Genome], likeness: np.ndarray, own: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns expected differences of genomes to the best one, and their variances.

        Args:
            best: The genome to compare with.
            genomes: The others.
            likeness: Of the genomes learnt from to the best one and the others, by gene.
            own: Of the best one to the others, by gene.
        """
        everyone = [best, *genomes]
        half, mean, variance = self._reached(everyone, likeness)
        across = self._mixture.covariance(own, same([best], genomes))[0] - half[:, 0] @ half[:, 1:]
        return mean[1:] - mean[0], np.maximum(variance[1:] + variance[0] - 2 * across, 0.0)

    def marginals(
        self, genomes: Sequence[Genome], likeness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the expected effects of genomes, and their variances.

        Args:
            genomes: The genomes.
            likeness: Of the genomes learnt from to these, by gene.
        """
        _, mean, variance = self._reached(genomes, likeness)
        return mean, variance

    def left_out(self) -> np.ndarray:
        """Returns what is expected of each genome learnt from if it is left out itself.

        How parts and genes are weighed stays as it is. See Rasmussen and Williams, "Gaussian
        Processes for Machine Learning", 2006, equation 5.12.
        """
        weights = self._inverse.T @ self._half
        own = np.sum(self._inverse**2, axis=0)
        return np.asarray(self._mean + self._effects - weights / own)

    def _reached(
        self, genomes: Sequence[Genome], likeness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns what genomes share with those learnt from, expected effects, variances."""
        mixture = self._mixture
        half = self._inverse @ mixture.covariance(likeness, same(self._genomes, genomes))
        variance = np.maximum(mixture.scale - np.sum(half**2, axis=0), 0.0)
        return half, self._mean + half.T @ self._half, variance

    def _covariance(self, first: Sequence[Genome], second: Sequence[Genome]) -> np.ndarray:
        likeness = self._kernel.likeness(first, second)
        return self._mixture.covariance(likeness, same(first, second))


class _Data:
    """What a mixture is judged by."""

    def __init__(self, likeness: np.ndarray, effects: np.ndarray, variances: np.ndarray) -> None:
        self.effects = effects
        self._likeness = likeness
        self._noise = np.diag(variances)
        self._same = np.eye(len(effects))

    def factor(self, mixture: Mixture) -> np.ndarray:
        """Returns the Cholesky factor of the covariance of what was seen."""
        signal = mixture.covariance(self._likeness, self._same)
        return np.linalg.cholesky(signal + self._noise)

    def evidence(self, mixture: Mixture) -> float:
        """Returns the log likelihood, with a prior that keeps weights near 1."""
        lower = self.factor(mixture)
        half = np.linalg.solve(lower, self.effects)
        prior = float(np.sum(np.log(mixture.weights) ** 2)) / 1.5**2
        return -float(half @ half + prior) / 2 - float(np.log(np.diag(lower)).sum())


def _weighed(mixture: Mixture, data: _Data, spread: float) -> Mixture:
    """Returns a mixture under which what was seen is likely, by coordinate ascent."""
    best = max(
        (
            replace(mixture, scale=scale * spread, together=together, peculiar=peculiar)
            for scale, together, peculiar in product(_SCALES, _TOGETHER, _PECULIAR)
        ),
        key=data.evidence,
    )
    for _ in range(_SWEEPS):
        for index in range(len(best.weights)):
            before, after = best.weights[:index], best.weights[index + 1 :]
            tried = [replace(best, weights=(*before, weight, *after)) for weight in _WEIGHTS]
            best = max(tried, key=data.evidence)
    return best
