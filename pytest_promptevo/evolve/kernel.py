"""How alike two genomes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.operators import fits
from pytest_promptevo.genes import Choice, FewShot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genes import Gene, Value
    from pytest_promptevo.genome import Genome, SearchSpace

_REACH = 0.35
_SHARED = 0.5
_UNKNOWN = -9.0


class Kernel:
    """Likeness of genomes in [0, 1], gene by gene and as a whole."""

    def __init__(self, space: SearchSpace) -> None:
        self._genes = {name: space[name] for name in space.free}
        self._known: dict[Genome, np.ndarray] = {}
        widths = [len(gene.pool) + 1 if isinstance(gene, FewShot) else 1 for gene in self._genes.values()]
        ends = np.cumsum(widths)
        self._parts = [slice(end - width, end) for end, width in zip(ends, widths)]

    def likenesses(self, first: Sequence[Genome], second: Sequence[Genome]) -> np.ndarray:
        left, right = self.encoded(first), self.encoded(second)
        return np.array([_likeness(gene, left[:, part], right[:, part]) for gene, part in zip(self._genes.values(), self._parts)])

    def encoded(self, genomes: Sequence[Genome]) -> np.ndarray:
        for genome in genomes:
            if genome not in self._known:
                self._known[genome] = np.concatenate(
                    [_encoded(gene, genome[name]) for name, gene in self._genes.items()]
                )
        return np.array([self._known[genome] for genome in genomes])


def _encoded(gene: Gene, value: Value) -> np.ndarray:
    if not fits(gene, value):
        width = len(gene.pool) + 1 if isinstance(gene, FewShot) else 1
        return np.full(width, _UNKNOWN)
    if isinstance(gene, Choice):
        return np.array([gene.options.index(value)], dtype=float)
    return np.array(gene.features(value))


def _likeness(gene: Gene, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    gap = first[:, :1] - second[:, :1].T
    if isinstance(gene, Choice):
        return np.asarray(gap == 0, dtype=float)
    near = np.exp(-0.5 * (gap / _REACH) ** 2)
    if not isinstance(gene, FewShot):
        return np.asarray(near)
    # Empty sets are alike as well: as if every set shared a part of an invisible example.
    shared = first[:, 1:] @ second[:, 1:].T + 1e-3
    own = np.sqrt(first[:, 1:].sum(axis=1) + 1e-3), np.sqrt(second[:, 1:].sum(axis=1) + 1e-3)
    return np.asarray(0.5 * near + 0.5 * shared / np.outer(*own))
