"""How alike two genomes are: gene by gene, and mixed into one covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.operators import fits
from pytest_promptevo.genome import Choice, FewShot, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Gene, Genome, SearchSpace, Value

_REACH = 0.35
_EMPTY = 1e-3
_UNKNOWN = -9.0
_MOST_PAIRS = 200_000
"""Pairs of texts whose likeness is kept at most."""

_MOST_KNOWN = 20_000
"""Genomes whose features are kept at most."""


@dataclass(frozen=True)
class Mixture:
    """How much each part of the likeness counts.

    Attributes:
        scale: Variance of genome effects.
        together: Share of what genes do together; the rest they do one by one.
        peculiar: Share of what only one genome has.
        weights: How much each gene counts.
    """

    scale: float
    together: float
    peculiar: float
    weights: tuple[float, ...]

    def covariance(self, likeness: np.ndarray, same: np.ndarray) -> np.ndarray:
        """Returns the covariance of the effects of two lists of genomes.

        Args:
            likeness: By gene, first and second genome.
            same: 1 where both genomes are the same one, else 0.
        """
        weights = np.array(self.weights)
        alone = np.tensordot(weights / weights.sum(), likeness, 1)
        strength = (weights / (1 + weights))[:, None, None]
        jointly = np.prod(1 - strength * (1 - likeness), axis=0)
        shared = (1 - self.together) * alone + self.together * jointly
        return np.asarray(self.scale * ((1 - self.peculiar) * shared + self.peculiar * same))


class Kernel:
    """Likeness of genomes in [0, 1] by gene.

    Args:
        space: The genes.
        texts: Whether texts that are not the same may be alike.
    """

    def __init__(self, space: SearchSpace, *, texts: bool = True) -> None:
        self._genes = {name: space[name] for name in space.free}
        self._known: dict[Genome, np.ndarray] = {}
        self._texts = {
            name: _Texts(gene, alike=texts)
            for name, gene in self._genes.items()
            if isinstance(gene, Text)
        }
        ends = np.cumsum([_width(gene) for gene in self._genes.values()])
        starts = [0, *ends[:-1]]
        self._parts = [slice(*ends) for ends in zip(starts, ends, strict=True)]

    def likeness(self, first: Sequence[Genome], second: Sequence[Genome]) -> np.ndarray:
        """Returns the likeness by gene, first and second genome."""
        left, right = self._encoded(first), self._encoded(second)
        return np.array(
            [
                self._texts[name].likeness(left[:, part], right[:, part])
                if name in self._texts
                else _likeness(gene, left[:, part], right[:, part])
                for (name, gene), part in zip(self._genes.items(), self._parts, strict=True)
            ]
        )

    def _encoded(self, genomes: Sequence[Genome]) -> np.ndarray:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        for genome in genomes:
            if genome not in self._known:
                values = [
                    self._texts[name].encoded(genome.get(name))
                    if name in self._texts
                    else _encoded(gene, genome.get(name))
                    for name, gene in self._genes.items()
                ]
                self._known[genome] = np.concatenate(values)
        return np.array([self._known[genome] for genome in genomes])


class _Texts:
    """Numbers for the texts of a gene, of which there are more and more, and their likeness."""

    def __init__(self, gene: Text, *, alike: bool) -> None:
        self._gene = gene
        self._alike = alike
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []
        self._found: dict[tuple[int, int], float] = {}

    def encoded(self, value: Value | None) -> np.ndarray:
        text = str(value)
        if text not in self._numbers:
            self._numbers[text] = len(self._texts)
            self._texts.append(text)
        return np.array([self._numbers[text]], dtype=float)

    def likeness(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        rows, row_of = np.unique(first[:, 0].astype(int), return_inverse=True)
        columns, column_of = np.unique(second[:, 0].astype(int), return_inverse=True)
        table = np.array([[self._one(a, b) for b in columns.tolist()] for a in rows.tolist()])
        return np.asarray(table[row_of][:, column_of], dtype=float)

    def _one(self, first: int, second: int) -> float:
        if first == second or not self._alike:
            return float(first == second)
        pair = (first, second) if first < second else (second, first)
        if pair not in self._found:
            if len(self._found) > _MOST_PAIRS:
                self._found.clear()
            self._found[pair] = self._gene.likeness(self._texts[pair[0]], self._texts[pair[1]])
        return self._found[pair]


def same(first: Sequence[Genome], second: Sequence[Genome]) -> np.ndarray:
    """Returns 1 where the genomes of two lists are the same one, else 0."""
    columns = {genome: index for index, genome in enumerate(second)}
    made = np.zeros((len(first), len(second)))
    for row, genome in enumerate(first):
        if genome in columns:
            made[row, columns[genome]] = 1.0
    return made


def _width(gene: Gene) -> int:
    return 1 + len(gene.pool) if isinstance(gene, FewShot) else 1


def _encoded(gene: Gene, value: Value | None) -> np.ndarray:
    # A shipped value that the gene cannot take is like none that it can.
    if not fits(gene, value):
        return np.array([_UNKNOWN] + [0.0] * (_width(gene) - 1))
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
    # Empty sets are alike too: as if all sets shared a bit of an invisible example.
    shared = first[:, 1:] @ second[:, 1:].T + _EMPTY
    sizes = [np.sqrt(one[:, 1:].sum(axis=1) + _EMPTY) for one in (first, second)]
    return np.asarray((near + shared / np.outer(*sizes)) / 2)
