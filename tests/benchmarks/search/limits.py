"""Hard limits and the Pareto front: ``python -m tests.benchmarks.search.limits``.

On simulated landscapes whose limits 6 % of 192 genomes keep (on quality and tokens, one against
the other): how often the search recommends a genome that keeps them, and how much of the true
front of quality and tokens its own front covers.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from pytest_promptevo.evolve import STRATEGIES, Budget, evolve
from pytest_promptevo.evolve.pareto import hypervolume
from pytest_promptevo.fitness import NAMES, mean_interval, wilson_interval

from .landscapes import FAMILIES, landscape
from .replay import Replay

CALLS = 800
_AXES = [NAMES.index(name) for name in ("quality", "tokens")]


@dataclass(frozen=True)
class Found:
    """What one search came to.

    Attributes:
        possible: Genomes that keep the limits on what the search sees.
        keeps: Whether the recommended genome does.
        best: Its fitness minus that of the best genome that keeps them, in points.
        front: Share of the true front's hypervolume that the search's front has.
        calls: Calls spent.
    """

    possible: int
    keeps: bool
    best: float
    front: float
    calls: int


def search(seed: int, strategy: str = "racing") -> Found:
    """Runs one search on a landscape of its own."""
    table = landscape(FAMILIES["limits"], seed)
    replay = Replay(table, seed)
    result = evolve(
        table.space,
        replay.examples,
        replay.score,
        initial=table.initial,
        strategy=strategy,
        budget=Budget(calls=CALLS),
        rng=seed,
        objectives=table.objectives,
        cost=replay.cost,
    )
    seen = np.array(
        [
            [table.scores[replay.replicate(number, each), number, each] for each in replay.examples]
            for number in range(len(table.genomes))
        ]
    ).mean(axis=1)
    kept = np.array(
        [
            not table.objectives.breaches([replay.score(genome, each) for each in replay.examples])
            for genome in table.genomes
        ]
    )
    fitness = np.array([replay.observed(number) for number in range(len(table.genomes))])
    losses = seen[:, _AXES] * (-1.0, 1.0)
    front = [table.numbers[genome] for genome, _ in result.front]
    worst = np.array([0.0, losses[:, 1].max()])
    best = float(fitness[kept].max()) if kept.any() else float(fitness.max())
    return Found(
        int(kept.sum()),
        result.keeps_limits,
        100 * (float(fitness[table.numbers[result.recommended]]) - best),
        hypervolume(losses[front], worst) / hypervolume(losses, worst),
        result.calls,
    )


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="limits", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--strategy", default="racing", choices=sorted(STRATEGIES))
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    with ProcessPoolExecutor(options.workers) as pool:
        seeds = range(options.first, options.first + options.seeds)
        found = list(pool.map(partial(search, strategy=options.strategy), seeds))
    made = [each for each in found if each.possible]
    keeps = sum(each.keeps for each in made)
    share = wilson_interval(keeps, len(made))
    print(f"{len(found) - len(made)} of {len(found)} landscapes have no genome that keeps them")
    print(f"recommended keeps the limits: {keeps} of {len(made)}, {share}")
    print(f"points behind the best that does: {mean_interval([each.best for each in made])}")
    print(f"share of the true front: {mean_interval([each.front for each in found])}")
    print(f"calls spent: median {np.median([each.calls for each in found]):.0f}")


if __name__ == "__main__":
    main()
