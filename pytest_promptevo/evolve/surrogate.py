"""Predicts the fitness of genomes that nobody has paid for yet.

A Gaussian process over the genes: ridge regression on their features in kernel form.
Its kernel adds what each gene does alone to what genes do together and to what is
peculiar to one genome; how much each part counts is chosen by the likelihood of what
has been seen.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Genome, SearchSpace

_SCALES = (0.5, 1.0, 2.0, 4.0, 8.0)
_TOGETHER = (0.05, 0.3, 0.7)
_PECULIAR = (0.02, 0.1, 0.5)
_JITTER = 1e-6


ARD=1
ARDV=(.1,.3,1.,3.)
class Surrogate:
    """A regression of genome effects on genes.

    Args:
        space: The genes.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._kernel = Kernel(space)
        self._genomes: list[Genome] = []
        self._fitted = 0

    def fit(self, genomes: Sequence[Genome], effects: np.ndarray, variances: np.ndarray) -> None:
        """Learns from estimated effects and the variances of these estimates."""
        self._genomes = list(genomes)
        self._mean = float(np.average(effects, weights=1 / (variances + 0.02)))
        centred = effects - self._mean
        likes = self._kernel.likenesses(self._genomes, self._genomes)
        n = len(genomes); eye = np.eye(n)
        noise = np.diag(variances + _JITTER)
        if not self._fitted: self._w = np.ones(len(likes)); self._chosen = (2.0, .3, .1)
        def evidence(chosen, w):
            K = chosen[0] * self._spread * self._mix(likes, eye, chosen, w) + noise
            lower = np.linalg.cholesky(K)
            half = np.linalg.solve(lower, centred)
            return -0.5 * float(half @ half) - float(np.log(np.diag(lower)).sum()) + self._prior(w)
        if not self._fitted or n >= self._fitted * 1.25:
            self._fitted = n
            self._spread = float(np.var(effects)) + 1e-4
            self._chosen = max(product(_SCALES, _TOGETHER, _PECULIAR), key=lambda c: evidence(c, self._w))
            if ARD:
                best = evidence(self._chosen, self._w)
                for _ in range(2):
                    for j in range(len(likes)):
                        for v in ARDV:
                            if v == self._w[j]: continue
                            w = self._w.copy(); w[j] = v
                            e = evidence(self._chosen, w)
                            if e > best: best = e; self._w = w
        K = self._chosen[0] * self._spread * self._mix(likes, eye, self._chosen, self._w) + noise
        self._inverse = np.linalg.inv(np.linalg.cholesky(K))
        self._half = self._inverse @ centred

    def _prior(self, w): return -0.5*float(np.sum(np.log(w)**2))/1.5**2

    def _mix(self, likes, same, chosen, w):
        _, share, own = chosen
        alone = np.tensordot(w / w.sum(), likes, 1)
        s = 1 - 1/(1+w[:, None, None]) 
        together = np.prod(1 - s * (1 - likes), 0)
        return (1 - own) * ((1 - share) * alone + share * together) + own * same

    def predict(self, genomes: Sequence[Genome]) -> tuple[np.ndarray, np.ndarray]:
        """Returns the expected effects of genomes and their covariance."""
        cross = self._covariance(self._genomes, genomes)
        left = self._inverse @ cross
        covariance = self._covariance(genomes, genomes) - left.T @ left
        return self._mean + left.T @ self._half, covariance

    def draw(self, genomes: Sequence[Genome], rng: np.random.Generator, count: int=1) -> np.ndarray:
        """Returns the effects of genomes in worlds (rows) drawn from all that are plausible."""
        mean, covariance = self.predict(genomes)
        lower = np.linalg.cholesky(covariance + np.eye(len(genomes)) * (1e-5*self._chosen[0]*self._spread+1e-9))
        return np.asarray(mean + rng.standard_normal((count, len(genomes))) @ lower.T)

    def _covariance(self, first: Sequence[Genome], second: Sequence[Genome]) -> np.ndarray:
        at = {g: i for i, g in enumerate(second)}
        same = np.zeros((len(first), len(second)))
        for i, g in enumerate(first):
            if g in at: same[i, at[g]] = 1
        return self._chosen[0] * self._spread * self._mix(self._kernel.likenesses(first, second), same, self._chosen, self._w)
