"""Predicts the fitness of genomes that nobody has paid for yet.

A Gaussian process over the genes: ridge regression on their features in kernel form.
Its kernel adds what each gene does alone to what genes do together; how much each part
counts is chosen by the likelihood of what has been seen.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Genome, SearchSpace

_SCALES = (0.5, 1.0, 2.0, 4.0)
_TOGETHER = (0.1, 0.4, 0.8)
_LEFTOVER = (0.02, 0.1)
_JITTER = 1e-6


class Surrogate:
    """A regression of genome effects on genes.

    Args:
        space: The genes.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._kernel = Kernel(space)
        self._genomes: list[Genome] = []
        self._scale, self._together, self._leftover = 1.0, 0.4, 0.1

    def fit(self, genomes: Sequence[Genome], effects: np.ndarray, variances: np.ndarray) -> None:
        """Learns from estimated effects and the variances of these estimates."""
        self._genomes = list(genomes)
        self._mean = float(np.average(effects, weights=1 / (variances + 0.02)))
        self._centred = effects - self._mean
        alone, together = self._kernel.parts(self._genomes, self._genomes)
        spread = float(np.var(effects)) + 1e-4
        best = -np.inf
        for scale, share, leftover in product(_SCALES, _TOGETHER, _LEFTOVER):
            signal = scale * spread * ((1 - share) * alone + share * together)
            noise = variances + scale * spread * leftover + _JITTER
            lower = np.linalg.cholesky(signal + np.diag(noise))
            half = np.linalg.solve(lower, self._centred)
            fit = -0.5 * float(half @ half) - float(np.log(np.diag(lower)).sum())
            if fit > best:
                best = fit
                self._scale, self._together, self._leftover = scale * spread, share, leftover
                self._lower, self._half = lower, half

    def predict(self, genomes: Sequence[Genome]) -> tuple[np.ndarray, np.ndarray]:
        """Returns the expected effects of genomes and their covariance."""
        cross = self._covariance(self._genomes, genomes)
        left = np.linalg.solve(self._lower, cross)
        covariance = self._covariance(genomes, genomes) - left.T @ left
        return self._mean + left.T @ self._half, covariance

    def draw(self, genomes: Sequence[Genome], rng: np.random.Generator) -> np.ndarray:
        """Returns the effects of genomes in one world drawn from all that are plausible."""
        mean, covariance = self.predict(genomes)
        own = self._scale * self._leftover + 1e-9
        lower = np.linalg.cholesky(covariance + np.eye(len(genomes)) * own)
        return np.asarray(mean + lower @ rng.standard_normal(len(genomes)))

    def _covariance(self, first: Sequence[Genome], second: Sequence[Genome]) -> np.ndarray:
        alone, together = self._kernel.parts(first, second)
        return self._scale * ((1 - self._together) * alone + self._together * together)
