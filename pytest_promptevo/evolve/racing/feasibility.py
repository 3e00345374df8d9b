"""How likely genomes are to keep the hard limits, each limited objective by a surrogate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pytest_promptevo.evolve.racing.effects import two_way
from pytest_promptevo.evolve.racing.surrogate import Surrogate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.evolve.racing.kernel import Kernel
    from pytest_promptevo.fitness import Limit
    from pytest_promptevo.genome import Genome, SearchSpace

_UPPER = 0.95


class Feasibility:
    """Chances of keeping all limits at once, as if they were independent of each other.

    See Gardner, Kusner, Xu, Weinberger and Cunningham 2014, "Bayesian optimization with
    inequality constraints".

    Args:
        space: The genes.
        ledger: The scores, and the limits.
        kernel: How alike genomes are.
        blind: Whether genomes are taken to have nothing in common.
    """

    def __init__(self, space: SearchSpace, ledger: Ledger, kernel: Kernel, *, blind: bool) -> None:
        self._ledger = ledger
        self._figures: list[_Figure] = []
        for name, limit in ledger.objectives.limits.items():
            for upper, sign, bound in _bounds(limit):
                surrogate = Surrogate(space, blind=blind, kernel=kernel)
                self._figures.append(_Figure(surrogate, name, upper, sign, bound))

    def fit(self, genomes: Sequence[Genome], likeness: np.ndarray) -> None:
        """Learns from all scores of some genomes."""
        for figure in self._figures:
            table = self._ledger.objective(figure.objective, genomes)
            effects = two_way(table)
            found = effects.genomes
            if figure.upper:
                found = found + np.nanquantile(table, _UPPER, axis=1) - np.nanmean(table, axis=1)
            figure.surrogate.learn(genomes, likeness, found, effects.variances)

    def chance(self, genomes: Sequence[Genome], likeness: np.ndarray) -> np.ndarray:
        """Returns the chance of each genome, by its likeness to those learnt from."""
        chances = np.ones(len(genomes))
        for figure in self._figures:
            mean, variance = figure.surrogate.marginals(genomes, likeness)
            z = figure.sign * (figure.bound - mean) / np.sqrt(variance + 1e-12)
            chances *= [0.5 * math.erfc(-value / math.sqrt(2)) for value in z]
        return chances


class _Figure(NamedTuple):
    """One bound: which figure of which objective, 1 for at most and -1 for at least."""

    surrogate: Surrogate
    objective: str
    upper: bool
    sign: float
    bound: float


def _bounds(limit: Limit) -> Iterator[tuple[bool, float, float]]:
    if limit.min is not None:
        yield False, -1.0, limit.min
    if limit.max is not None:
        yield False, 1.0, limit.max
    if limit.p95_max is not None:
        yield True, 1.0, limit.p95_max
