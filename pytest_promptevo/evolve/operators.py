"""How children are made of genomes, and how a population of strangers begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from numpy.random import Generator

    from pytest_promptevo.genome import Gene, Genome, SearchSpace, Value

_TRIES = 50


def mutate(
    space: SearchSpace, genome: Genome, rng: Generator, genes: int = 1, jump: float = 0.0
) -> Genome:
    """Returns the genome with some of its free genes changed.

    Args:
        space: The genes that may vary.
        genome: The parent.
        rng: Source of chance.
        genes: How many genes change.
        jump: Probability that a gene takes any value instead of a neighbouring one.
    """
    free = space.free
    changes = {}
    for index in rng.permutation(len(free))[:genes]:
        gene, value = space[free[index]], genome[free[index]]
        jumps = jump > 0 and rng.random() < jump
        changes[free[index]] = gene.sample(rng) if jumps else _stepped(gene, value, rng)
    return genome.with_(**changes)


def crossover(space: SearchSpace, first: Genome, second: Genome, rng: Generator) -> Genome:
    """Returns a child that has each gene of the space from both parents."""
    return first.with_(
        **{name: _crossed(space[name], first[name], second[name], rng) for name in space.free}
    )


def latin_hypercube(space: SearchSpace, base: Genome, count: int, rng: Generator) -> list[Genome]:
    """Returns genomes that visit every level of every gene about equally often.

    Args:
        space: The genes that vary.
        base: Where the values of all other genes come from.
        count: How many genomes.
        rng: Source of chance.
    """
    columns = {name: (rng.permutation(count) + rng.random(count)) / count for name in space.free}
    return [
        base.with_(**{name: space[name].at(float(columns[name][index]), rng) for name in columns})
        for index in range(count)
    ]


def unseen(make: Callable[[], Genome], seen: Container[Genome]) -> Genome | None:
    """Returns a genome that has not been seen, or None if many tries bring none."""
    for _ in range(_TRIES):
        made = make()
        if made not in seen:
            return made
    return None


def strangers(space: SearchSpace, initial: Genome, count: int, rng: Generator) -> list[Genome]:
    """Returns up to `count` different genomes: the initial one, the others spread evenly."""
    made = {initial: None}
    for genome in latin_hypercube(space, initial, count - 1, rng):
        other = genome if genome not in made else unseen(lambda: space.sample(rng, initial), made)
        if other is not None:
            made[other] = None
    return list(made)


def fits(gene: Gene, value: Value) -> bool:
    """Whether the gene can take the value."""
    try:
        gene.check(value)
    except ValueError:
        return False
    return True


def _stepped(gene: Gene, value: Value, rng: Generator) -> Value:
    near = gene.step(value, rng)
    return near if fits(gene, near) else gene.sample(rng)


def _crossed(gene: Gene, first: Value, second: Value, rng: Generator) -> Value:
    # A shipped genome may hold a value the gene does not know; it is then inherited whole.
    if not (fits(gene, first) and fits(gene, second)):
        return first if rng.random() < 0.5 else second
    return gene.cross(first, second, rng)
