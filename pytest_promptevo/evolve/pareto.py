"""The genomes no other one beats in every objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.genome import Genome


MOST = 16
"""Most genomes of a front."""


def pareto_front(ledger: Ledger) -> list[Genome]:
    """Returns the undominated ones of the genomes that have a score on every example.

    If there are more than 16, those go first that add least hypervolume, but never the
    recommended one.
    """
    genomes = list(ledger.completed())
    losses = np.array([losses_of(ledger, genome) for genome in genomes])
    front = undominated(losses)
    kept = [index for index in front if genomes[index] == ledger.recommended]
    return [genomes[index] for index in thinned(losses, front, kept)]


def thinned(losses: np.ndarray, front: list[int], kept: list[int]) -> list[int]:
    """Drops rows one by one, always the one that adds least hypervolume, down to 16.

    Args:
        losses: All rows.
        front: Rows to choose from, none dominating another one.
        kept: Rows that stay in any case.
    """
    left = list(front)
    while len(left) > MOST:
        scaled = _scaled(losses[left])
        adds = [
            np.inf if row in kept else contribution(scaled, index) for index, row in enumerate(left)
        ]
        left.pop(int(np.argmin(adds)))
    return left


def contribution(losses: np.ndarray, index: int) -> float:
    """Returns the hypervolume that only one row covers, up to 1.1 in every column.

    What a row covers alone is its own box less what the others, cut to this box, cover.
    """
    others = np.maximum(np.delete(losses, index, axis=0), losses[index])
    reference = np.full(losses.shape[1], 1.1)
    return float(np.prod(reference - losses[index])) - hypervolume(others, reference)


def hypervolume(losses: np.ndarray, reference: np.ndarray) -> float:
    """Returns the volume that rows dominate up to a reference point, by slicing.

    The last column is swept from its lowest value on; each slice is a problem with one
    column less.
    """
    if not len(losses):
        return 0.0
    if losses.shape[1] == 1:
        return float(max(reference[0] - losses.min(), 0.0))
    rows = losses[np.argsort(losses[:, -1], kind="stable")]
    ends = np.append(rows[1:, -1], reference[-1])
    volume = 0.0
    for index, depth in enumerate(ends - rows[:, -1]):
        if depth > 0:
            flat = rows[: index + 1, :-1]
            volume += float(depth) * hypervolume(flat[undominated(flat)], reference[:-1])
    return volume


def _scaled(losses: np.ndarray) -> np.ndarray:
    """Returns the losses with every column from 0 to 1."""
    low, high = losses.min(axis=0), losses.max(axis=0)
    return np.asarray((losses - low) / np.where(high > low, high - low, 1.0))


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
    for index, row in enumerate(losses):
        if any(
            dominates(losses[other], row) or np.array_equal(losses[other], row) for other in kept
        ):
            continue
        kept = [other for other in kept if not dominates(row, losses[other])]
        kept.append(index)
    return kept
