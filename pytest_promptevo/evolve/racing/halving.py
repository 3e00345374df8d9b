"""Sequential halving: many strangers on few examples, the better half on twice as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.protocol import Evaluate, Job

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pytest_promptevo.evolve.protocol import Outcome, Search, Step
    from pytest_promptevo.evolve.racing.tuning import Tuning
    from pytest_promptevo.genome import Genome


def halving(
    search: Search, genomes: Sequence[Genome], tuning: Tuning
) -> Generator[Step, Outcome, None]:
    """Shows all genomes the same few examples, then the better half of them more."""
    order = [int(place) for place in search.rng.permutation(search.examples)]
    alive, seen = list(genomes), tuning.first
    for _ in range(tuning.rounds):
        yield Evaluate([Job(genome, index) for genome in alive for index in order[:seen]])
        alive.sort(key=search.ledger.mean, reverse=True)
        alive, seen = alive[: max(1, len(alive) // 2)], 2 * seen
