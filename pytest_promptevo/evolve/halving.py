"""Sequential halving: many strangers on few examples, the better half on twice as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.strategy import Job

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pytest_promptevo.evolve.strategy import Search
    from pytest_promptevo.fitness import Score
    from pytest_promptevo.genome import Genome

LEAST = 5


def halving(
    search: Search, genomes: Sequence[Genome]
) -> Generator[list[Job], list[Score], Genome]:
    """Returns the genome that survives; it has then seen every example.

    All genomes of a round see the same examples, max(5, N / 8) in the first one.
    """
    order = [int(at) for at in search.rng.permutation(search.examples)]
    alive, seen = list(genomes), min(max(LEAST, search.examples // 8), search.examples)
    while True:
        yield [Job(genome, at) for genome in alive for at in order[:seen]]
        alive.sort(key=search.ledger.mean, reverse=True)
        if seen == search.examples:
            return alive[0]
        alive = alive[: max(1, len(alive) // 2)]
        seen = search.examples if len(alive) == 1 else min(2 * seen, search.examples)
