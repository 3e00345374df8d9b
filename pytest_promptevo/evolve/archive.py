"""The genomes no other one beats in every objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.genome import Genome


def pareto_front(ledger: Ledger) -> list[Genome]:
    """Returns the undominated ones of the genomes that have a score on every example."""
    genomes = list(ledger.completed())
    losses = np.array([losses_of(ledger, genome) for genome in genomes])
    return [genomes[at] for at in undominated(losses)]


def losses_of(ledger: Ledger, genome: Genome) -> np.ndarray:
    """Returns a genome's mean objectives, all of them the smaller the better."""
    mean = np.mean([score.vector() for score in ledger.scores(genome)], axis=0)
    return np.asarray(mean * (-1, 1, 1, 1))


def dominates(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether no loss of the first is larger and at least one is smaller."""
    return bool(np.all(first <= second) and np.any(first < second))


def undominated(losses: np.ndarray) -> list[int]:
    """Returns the rows that no other row dominates, the first one of equal rows."""
    kept: list[int] = []
    for at, row in enumerate(losses):
        if any(
            dominates(losses[other], row) or np.array_equal(losses[other], row) for other in kept
        ):
            continue
        kept = [other for other in kept if not dominates(row, losses[other])]
        kept.append(at)
    return kept
