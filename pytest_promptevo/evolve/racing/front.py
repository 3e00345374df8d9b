"""What a search under hard limits completes when it is over, to show what stands against what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.pareto import hypervolume, undominated

if TYPE_CHECKING:
    from pytest_promptevo.evolve.protocol import Search
    from pytest_promptevo.evolve.racing.estimates import Estimates
    from pytest_promptevo.evolve.racing.scale import Scale
    from pytest_promptevo.genome import Genome

DRAWN = 300
"""Genomes of the space that are compared, beside those that have been seen."""

LEAST = 0.01
"""Share of the hypervolume below which a genome is not worth its calls."""


def next_of_front(search: Search, estimates: Estimates, scale: Scale) -> Genome | None:
    """Returns the genome that is expected to add most to the front of quality and costs.

    Args:
        search: The search, at its end.
        estimates: What is expected of genomes.
        scale: The scale of what quality and costs add.

    Returns:
        One that has not seen all examples; None if none is expected to add anything to speak of.
    """
    completed = search.ledger.completed()
    drawn = [search.space.sample(search.rng, search.initial) for _ in range(DRAWN)]
    pool = list(dict.fromkeys([*estimates.ranked, *drawn]) - dict.fromkeys(completed).keys())
    if not completed or not pool:
        return None
    reached = np.column_stack([part.mean(axis=1) for part in scale.parts(completed)])
    hoped = np.column_stack(estimates.beliefs.means(pool))
    worst = -np.minimum(reached.min(axis=0), hoped.min(axis=0))
    front = -reached[undominated(-reached)]
    covered = hypervolume(front, worst)
    gains = [hypervolume(np.vstack([front, -row]), worst) - covered for row in hoped]
    best = int(np.argmax(gains))
    return pool[best] if gains[best] > LEAST * covered else None
