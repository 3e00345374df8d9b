"""The reference strategy: generations of twelve, every genome on every example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.growing import Growth
from pytest_promptevo.evolve.operators import crossover, mutate, strangers, unseen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evolve.protocol import Search, Steps
    from pytest_promptevo.genome import Genome

POPULATION = 12
ELITE = 6
CROSSOVER = 0.3
GAIN = 0.005
PATIENCE = 2


def classic(search: Search) -> Steps:
    """Keeps the six fittest of twelve, breeds six more, until fitness stands still.

    Fitness stands still when the best one has gained less than 0.005 in two generations.
    Where texts are proposed, they take the places of some that are bred.
    """
    population = strangers(search.space, search.initial, POPULATION, search.rng)
    bests: list[float] = []
    fresh = population
    growth = Growth(search)
    while True:
        search.begin()
        yield search.on_all_examples(fresh)
        population = sorted(population, key=search.ledger.rank, reverse=True)
        search.close(population)
        bests.append(search.ledger.mean(population[0]))
        if len(bests) > PATIENCE and max(bests[-PATIENCE:]) < bests[-PATIENCE - 1] + GAIN:
            return "converged"
        elite = population[:ELITE]
        _judge(growth, fresh, elite)
        proposed = (yield from growth.burst(elite[0])) if growth.is_on else {}
        fresh = [*proposed, *_bred(search, elite, POPULATION - ELITE - len(proposed))]
        if not fresh:
            return "space exhausted"
        population = elite + fresh


def _judge(growth: Growth, fresh: Sequence[Genome], elite: Sequence[Genome]) -> None:
    """Says of the newcomers which of them are the fittest now, and which will go."""
    for genome in fresh:
        if genome == elite[0] or genome not in elite:
            growth.judged(genome, won=genome == elite[0])


def _bred(search: Search, elite: Sequence[Genome], count: int) -> list[Genome]:
    seen = set(search.ledger.genomes())
    bred: list[Genome] = []
    for _ in range(count):
        child = unseen(lambda: _child(search, elite), seen) or unseen(
            lambda: search.space.sample(search.rng, search.initial), seen
        )
        if child is not None:
            bred.append(child)
            seen.add(child)
    return bred


def _child(search: Search, elite: Sequence[Genome]) -> Genome:
    rng = search.rng
    if len(elite) > 1 and rng.random() < CROSSOVER:
        first, second = (int(index) for index in rng.permutation(len(elite))[:2])
        return crossover(search.space, elite[first], elite[second], rng)
    return mutate(search.space, elite[int(rng.integers(len(elite)))], rng, int(rng.integers(1, 3)))
