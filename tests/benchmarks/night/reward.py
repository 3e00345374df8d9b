"""What the reward model's screen costs a search, on tables of real answers.

    python -m tests.benchmarks.night.reward amount banking77 clinc150 order_number

For each table and seed an earlier search teaches a model; then tonight's search starts from what
the earlier one found, once with the screen and once without it. Both see the same examples and
answers. Genomes are compared by their true fitness on these examples, in points: hundredths of
the best genome's.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve import Budget, evolve
from pytest_promptevo.fitness import wilson_interval
from pytest_promptevo.fitness.reward import RewardScale
from pytest_promptevo.night.evidence import Searched
from pytest_promptevo.night.reward_model import Keep, RewardModel
from tests.benchmarks.search import tables
from tests.benchmarks.search.replay import Replay
from tests.benchmarks.search.report import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evolve import Result
    from pytest_promptevo.genome import Genome
    from tests.benchmarks.search.tables import Table

SMALL = "small"
WITHIN = 1.0
"""Points within which two genomes are as good as equal."""


@dataclass(frozen=True)
class Night:
    """What came of one seed.

    Attributes:
        table: Name of the table.
        seed: The seed.
        genomes: Genomes that the model learnt from.
        recall: The recall that it found.
        active: Whether it screened.
        lost: Points that the search with the screen is behind that without.
        luck: The same of a search without it and with other luck.
        pool: Points between the best genome and the best one that the screen keeps, of all
            that the earlier search did not see.
        saved: Calls that the search with the screen spent less.
    """

    table: str
    seed: int
    genomes: int
    recall: float | None
    active: bool
    lost: float
    luck: float
    pool: float
    saved: int


def night(name: str, seed: int, budget: int, keep: Keep) -> Night:
    """Runs one seed on a table.

    Args:
        name: Name of the table.
        seed: Seed of split, answers and searches.
        budget: Calls per example of each search.
        keep: What the screen keeps.
    """
    table, replay = _table(name), Replay(_table(name), seed)
    earlier = _search(table, seed, (seed, 1), budget, table.initial)
    model = RewardModel(table.space, keep).fit([], [_searched(table, replay, earlier)])
    start = earlier.recommended

    def screened(children: Sequence[Genome], rng: np.random.Generator) -> list[Genome]:
        return model.screen(children, rng)

    plain = _search(table, seed, (seed, 2), budget, start)
    other = _search(table, seed, (seed, 3), budget, start)
    found = plain
    if model.active:
        rng = np.random.default_rng([seed, 4])
        found = _search(table, seed, (seed, 2), budget, start, lambda each: screened(each, rng))
    points = 100 * np.maximum(replay.values / replay.values.max(), 0)  # 0: breaks a limit

    def of(result: Result) -> float:
        return float(points[table.numbers[result.recommended]])

    strangers = [genome for genome in table.genomes if genome not in earlier.scored]
    return Night(
        name,
        seed,
        model.genomes,
        model.recall,
        model.active,
        of(plain) - of(found),
        of(plain) - of(other),
        _pool(model, strangers, points[[table.numbers[genome] for genome in strangers]], keep),
        plain.calls - found.calls,
    )


def _pool(model: RewardModel, genomes: Sequence[Genome], points: np.ndarray, keep: Keep) -> float:
    kept = keep.of(model.expected(genomes))
    best = float(points.max(initial=0.0))
    return best - float(points[kept].max(initial=0.0))


def _search(table, seed, luck, budget, start, screen=None) -> Result:
    replay = Replay(table, seed)
    return evolve(
        table.space,
        replay.examples,
        replay.score,
        initial=start,
        budget=Budget(calls=budget * len(replay.examples)),
        rng=np.random.default_rng(luck),
        objectives=table.objectives,
        cost=replay.cost,
        screen=screen,
    )


def _searched(table: Table, replay: Replay, result: Result) -> Searched:
    """Returns what a search saw, as rewards between the worst and the best of it."""
    fitness = {
        genome: {
            str(replay.examples[index]): table.objectives.fitness(scored.score)
            for index, scored in seen.items()
        }
        for genome, seen in result.scored.items()
    }
    every = [value for seen in fitness.values() for value in seen.values()]
    scale = RewardScale(min(every), max(max(every), min(every) + 1e-9))
    return Searched(
        {
            genome: {name: scale.reward(value) for name, value in seen.items()}
            for genome, seen in fitness.items()
        }
    )


@lru_cache(maxsize=8)
def _table(name: str) -> Table:
    if name == SMALL:
        return tables.load(Path(tables.__file__).with_name("small.npz"))
    return tables.load(tables.path_of(name))


def report(nights: Sequence[Night]) -> str:
    """Returns the rows of a table, one by name."""
    head = ["table", "seeds", "screen on", "genomes", "recall", "within 1 point", "by luck alone"]
    lines = [row([*head, "when on", "best kept of all unseen", "calls saved"])]
    lines.append(row(["---"] * 10))
    for name in dict.fromkeys(each.table for each in nights):
        own = [each for each in nights if each.table == name]
        on = [each for each in own if each.active]
        recalls = [each.recall for each in own if each.recall is not None]
        lines.append(
            row(
                [
                    name,
                    str(len(own)),
                    f"{len(on)}",
                    f"{fmean(each.genomes for each in own):.0f}",
                    f"{fmean(recalls):.2f}" if recalls else "",
                    _share([each.lost <= WITHIN for each in own]),
                    _share([each.luck <= WITHIN for each in own]),
                    _share([each.lost <= WITHIN for each in on]),
                    _share([each.pool <= WITHIN for each in on]),
                    f"{fmean(each.saved for each in on):.0f}" if on else "",
                ]
            )
        )
    return "\n".join(lines)


def _share(hits: Sequence[bool]) -> str:
    if not hits:
        return ""
    told = wilson_interval(sum(hits), len(hits))
    return f"{told.mean:.0%} [{told.low:.0%}, {told.high:.0%}]"


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="reward", description=__doc__)
    parser.add_argument("names", nargs="*", default=[SMALL], metavar="TABLE")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--budget", type=int, default=20, help="calls per example and search")
    parser.add_argument("--keep", type=float, default=0.5)
    parser.add_argument("--above", type=float)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    keep = Keep(options.keep, options.above)
    seeds = range(options.first, options.first + options.seeds)
    with ProcessPoolExecutor(options.workers) as pool:
        futures = [
            pool.submit(night, name, seed, options.budget, keep)
            for name, seed in product(options.names, seeds)
        ]
        nights = [future.result() for future in futures]
    for each in nights:
        print(each)
    print(report(nights))


if __name__ == "__main__":
    main()
