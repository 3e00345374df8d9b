"""How alike two genomes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.operators import fits
from pytest_promptevo.genes import Choice, FewShot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genes import Gene
    from pytest_promptevo.genome import Genome, SearchSpace

_REACH = 0.35
_SHARED = 0.5


class Kernel:
    """Likeness of genomes in [0, 1], gene by gene and as a whole."""

    def __init__(self, space: SearchSpace) -> None:
        self._genes = {name: space[name] for name in space.free}
        self._known: dict[Genome, list[np.ndarray]] = {}

    def parts(
        self, first: Sequence[Genome], second: Sequence[Genome]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the mean likeness of single genes, and the likeness of all together."""
        alone = np.zeros((len(first), len(second)))
        together = np.ones((len(first), len(second)))
        left, right = self._columns(first), self._columns(second)
        for gene, rows, columns in zip(self._genes.values(), left, right, strict=True):
            like = _likeness(gene, rows, columns)
            alone += like / len(self._genes)
            together *= _SHARED + (1 - _SHARED) * like
        return alone, together

    def _columns(self, genomes: Sequence[Genome]) -> list[np.ndarray]:
        for genome in genomes:
            if genome not in self._known:
                self._known[genome] = [
                    _features(gene, genome[name]) for name, gene in self._genes.items()
                ]
        rows = [self._known[genome] for genome in genomes]
        return [np.array([row[at] for row in rows]) for at in range(len(self._genes))]


def _features(gene: Gene, value: object) -> np.ndarray:
    # A shipped value that the gene does not know is like none of the others.
    if not fits(gene, value):
        return np.full(len(gene.features(gene.sample(np.random.default_rng(0)))), -9.0)
    return np.array(gene.features(value))


def _likeness(gene: Gene, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if isinstance(gene, FewShot):
        count = np.exp(-0.5 * ((first[:, :1] - second[:, :1].T) / _REACH) ** 2)
        sizes = np.sqrt(np.outer(first[:, 1:].sum(axis=1), second[:, 1:].sum(axis=1)))
        shared = first[:, 1:] @ second[:, 1:].T
        overlap = np.where(sizes > 0, shared / np.maximum(sizes, 1), sizes == 0)
        return np.asarray(0.5 * count + 0.5 * overlap)
    distance = np.abs(first[:, None, :] - second[None, :, :]).max(axis=2)
    if isinstance(gene, Choice):
        return np.asarray(distance < 0.5, dtype=float)
    return np.asarray(np.exp(-0.5 * (distance / _REACH) ** 2))
