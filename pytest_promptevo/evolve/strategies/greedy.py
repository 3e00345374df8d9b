"""The loop most people write first: change something, keep it if it looks better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.operators import mutate, unseen

if TYPE_CHECKING:
    from pytest_promptevo.evolve.protocol import Search, Steps

TRIES = 10


def greedy(search: Search) -> Steps:
    """Changes one gene of the best genome so far, ten times, each tried on every example."""
    best = search.initial
    search.begin()
    yield search.on_all_examples([best])
    search.close([best])
    for _ in range(TRIES):
        parent = best
        child = unseen(
            lambda parent=parent: mutate(search.space, parent, search.rng),  # type: ignore[misc]
            set(search.ledger.genomes()),
        )
        if child is None:
            return "space exhausted"
        search.begin()
        yield search.on_all_examples([child])
        search.close([child])
        if search.ledger.rank(child) > search.ledger.rank(best):
            best = child
    return "tries used up"
