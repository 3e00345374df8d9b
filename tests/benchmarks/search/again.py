"""A second search of the same suite: ``python -m tests.benchmarks.search.again``.

A first search ends by itself or with its budget; then a label is changed, an example is added,
or the space gets a further instruction, and a second one goes on from what the first has seen.
Without names on simulated landscapes, else on these tables of real answers.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
from tabulate import tabulate

from pytest_promptevo.evolve import Budget, Choice, Result, SearchSpace, evolve
from pytest_promptevo.evolve.search import CALLS_PER_EXAMPLE
from pytest_promptevo.fitness import NAMES

from .landscapes import FAMILIES, landscape
from .replay import Replay
from .run import load_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.genome import Genome

    from .tables import Table

CHANGES = ("nothing", "a label", "an example", "an instruction")

Known = dict[Any, dict[int, Any]]


@dataclass(frozen=True)
class Again:
    """What a first and a second search cost and found.

    Attributes:
        table: The table's name.
        change: What was changed between them.
        first: Calls that the first paid for.
        second: Calls that the second paid for, going on from what the first has seen.
        cold: Calls of a second one that knows nothing, until its end.
        found: True fitness of what the second recommends, of the best one there is.
        found_cold: That of the one that knows nothing.
    """

    table: str
    change: str
    first: int
    second: int
    cold: int
    found: float
    found_cold: float


def run(name: str, change: str, seed: int) -> Again:
    """Runs a first and a second search, and a second one that begins anew."""
    table = _table(name, seed)
    replay = Replay(table, seed)
    examples = list(replay.examples)
    space, seen = table.space, examples
    if change == "an example":
        seen = examples[:-1]
    if change == "an instruction":
        space = _without_the_best_instruction(table, replay)
    first = _search(replay, space, seen, seed, {})
    if change == "a label":
        replay.table = table = _relabelled(table, examples[-1])
    known: Known = {
        genome: {place: replay.score(genome, examples[place]) for place in scores}
        for genome, scores in first.scored.items()
    }
    second = _search(replay, table.space, examples, seed + 1_000, known)
    cold = _search(Replay(table, seed), table.space, examples, seed + 1_000, {})
    values = Replay(table, seed).values
    best = float(values.max())
    found, found_cold = (
        float(values[table.numbers[each.recommended]]) / best for each in (second, cold)
    )
    return Again(name, change, first.calls, second.calls, cold.calls, found, found_cold)


def _search(
    replay: Replay, space: SearchSpace, examples: Sequence[int], seed: int, known: Known
) -> Result:
    return evolve(
        space,
        examples,
        replay.score,
        initial=_inside(space, replay.table.initial),
        budget=Budget(calls=CALLS_PER_EXAMPLE * len(examples)),
        rng=seed,
        objectives=replay.table.objectives,
        cost=replay.cost,
        known=known,
        subsample=False,
    )


def _inside(space: SearchSpace, initial: Genome) -> Genome:
    """Returns the genome to begin with; one of a space that lacks its instruction has another."""
    for name, gene in space.items():
        if isinstance(gene, Choice) and initial[name] not in gene.options:
            return initial.with_(**{name: gene.options[0]})
    return initial


def _without_the_best_instruction(table: Table, replay: Replay) -> SearchSpace:
    genes = dict(table.space.items())
    name, gene = next((name, gene) for name, gene in genes.items() if isinstance(gene, Choice))
    best = table.genomes[int(replay.values.argmax())][name]
    genes[name] = Choice([value for value in gene.options if value != best])
    return SearchSpace(genes)


def _relabelled(table: Table, example: int) -> Table:
    """Returns a table in which what was right on an example is wrong, and the other way round."""
    scores = table.scores.copy()
    row = NAMES.index("quality")
    scores[:, :, example, row] = 1 - scores[:, :, example, row]
    return replace(table, scores=scores)


def _table(name: str, seed: int) -> Table:
    return landscape(FAMILIES[name], seed) if name in FAMILIES else load_table(name)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="again", description=__doc__)
    parser.add_argument("tables", nargs="*", default=["usual", "flat", "steep", "warm"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.seeds)
    with ProcessPoolExecutor(options.workers) as pool:
        jobs = list(product(options.tables, CHANGES, seeds))
        found = list(pool.map(run, *zip(*jobs, strict=True)))
    rows = []
    for table, change in product(options.tables, CHANGES):
        runs = [each for each in found if (each.table, each.change) == (table, change)]
        shares = [each.second / each.first for each in runs]
        rows.append(
            [
                table,
                change,
                *(float(np.median([pick(each) for each in runs])) for pick in _CALLS),
                float(np.median(shares)),
                float(np.quantile(shares, 0.9)),
                fmean(each.found for each in runs),
                fmean(each.found_cold for each in runs),
            ]
        )
    header = ["table", "changed", "first", "second", "second, cold", "share", "share, 90 %"]
    print(tabulate(rows, [*header, "found", "found, cold"], floatfmt=".3g"))


_CALLS: tuple[Callable[[Again], int], ...] = (
    lambda each: each.first,
    lambda each: each.second,
    lambda each: each.cold,
)

if __name__ == "__main__":
    main()
