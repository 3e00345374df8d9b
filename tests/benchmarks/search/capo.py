"""CAPO's racing, as published: Zehle et al. 2025, "CAPO: Cost-Aware Prompt Optimization".

A population breeds a few children a step by crossover and mutation, and all of them race on
blocks of examples: whoever is significantly worse than as many others as may stay is out, by
paired t-tests without correction. Numbers are the paper's (algorithm 3 and its section on
hyperparameters): four children a step, significance 0.2, ten blocks. The population has twelve,
so that all methods begin alike. This module knows the rule alone; what texts a language model
would write, and the penalty for long ones, is another matter: here the genes are given, and the
objectives weigh tokens.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.operators import crossover, mutate
from pytest_promptevo.fitness.intervals import student_quantile

from .desk import START, BudgetSpent, Desk, Settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Genome

CHILDREN = 4
ALPHA = 0.2
BLOCKS = 10
STEPS = 150
"""Most steps of one search; known genomes are free, so there must be an end."""


def capo(desk: Desk, seed: int) -> str:
    """Searches until the budget is spent; returns why it ended."""
    rng = np.random.default_rng([seed, 3])
    population = desk.start()
    try:
        for _ in range(STEPS):
            population = _raced(desk, population, rng)
            _complete(desk, population[0])
            population = [*population, *_children(desk, population, rng)]
    except BudgetSpent:
        return "budget"
    except Settled:
        return "settled"
    return "trials"


def _children(
    desk: Desk, population: Sequence[Genome], rng: np.random.Generator
) -> Sequence[Genome]:
    made: dict[Genome, None] = {}
    for _ in range(CHILDREN):
        first, second = rng.choice(len(population), size=2, replace=False)
        child = crossover(desk.space, population[int(first)], population[int(second)], rng)
        made[mutate(desk.space, child, rng)] = None
    return [child for child in made if child not in population]


def _raced(desk: Desk, genomes: Sequence[Genome], rng: np.random.Generator) -> list[Genome]:
    """Returns those that stay, the best by what it has shown first."""
    order = rng.permutation(desk.examples)
    alive, seen = list(genomes), np.zeros((len(genomes), 0))
    for block in np.array_split(order, min(BLOCKS, len(order))):
        rows = [[desk.fitness(genome, int(index)) for index in block] for genome in alive]
        seen = np.concatenate([seen, np.array(rows)], axis=1)
        kept = _kept(seen)
        alive, seen = [alive[index] for index in kept], seen[kept]
        if len(alive) <= START:
            break
    ranked = np.argsort(-seen.mean(axis=1), kind="stable")
    return [alive[int(index)] for index in ranked[:START]]


def _kept(seen: np.ndarray) -> list[int]:
    """Returns the rows that fewer than `START` others are significantly better than."""
    if len(seen) <= START:
        return list(range(len(seen)))
    return [
        index
        for index, own in enumerate(seen)
        if sum(_is_better(other, own) for other in seen) < START
    ]


def _is_better(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether a paired t-test says so, one-sided, at `ALPHA`."""
    difference = one - other
    if len(difference) < 2:
        return False
    spread = float(difference.std(ddof=1)) / math.sqrt(len(difference))
    bound = student_quantile(1 - ALPHA, len(difference) - 1) * spread
    return float(difference.mean()) > bound


def _complete(desk: Desk, genome: Genome) -> None:
    """Shows all examples to the leading genome: only then it can be recommended."""
    for index in range(desk.examples):
        desk.fitness(genome, index)
    desk.settle()
