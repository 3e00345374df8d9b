"""The guard in worlds whose truth is known, beside what other rollouts do."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from tabulate import tabulate

from . import rivals
from .figures import bar, middle, share
from .rollouts import roll_out
from .worlds import BETTER_5, BETTER_10, EQUAL, SINGLE, WORLDS, WORSE_5, WORSE_10, WORSE_20

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from .rollouts import Run
    from .worlds import World

SEED = 70_000
"""The first seed of the figures; constants were chosen on numpy streams of seeds below 1,000."""

REACHED_WITHIN = {EQUAL.name: 5_000, BETTER_5.name: 1_300, BETTER_10.name: 800}
EXPOSED_WITHIN = {WORSE_5.name: 700, WORSE_10.name: 250, WORSE_20.name: 60}


def guard_table(runs: int, executor: Executor) -> str:
    """Returns the guard's figures, made by `begin` and `advance` alone."""
    rows = []
    for world in WORLDS:
        seeds = range(SEED, SEED + runs)
        done = list(executor.map(partial(roll_out, world), seeds, chunksize=5))
        rows.append([world.name, *_cells(done), _bar(world, done)])
    headers = ["world", "dropped", "reach 100 %", "at request", "exposed", "retired", "bar"]
    return tabulate(rows, headers, tablefmt="github")


def rivals_rows(runs: int, executor: Executor) -> list[list[str]]:
    """Returns, for each method, its figures in the worlds with one candidate."""
    methods = {"**e-process (this package)**": roll_out}
    methods |= {name: partial(_rival, name) for name in rivals.RIVALS}
    rows = []
    for name, method in methods.items():
        done = {
            world: list(executor.map(partial(method, world), range(SEED, SEED + runs), chunksize=5))
            for world in SINGLE
        }
        rows.append([name, *_compared(done)])
    return rows


COMPARED = [
    "method",
    "equal: dropped",
    "all fall: dropped",
    "equal: 100 % at",
    "5 worse: reach 100 %",
    "5 worse: exposed",
    "10 worse: exposed",
    "20 worse: exposed",
    "5 better: 100 % at",
    "10 better: 100 % at",
]


def _rival(name: str, world: World, seed: int) -> Run:
    return rivals.roll_out(rivals.RIVALS[name](), world, seed)


def _compared(done: dict[World, list[Run]]) -> list[str]:
    equal, falling, worse_5, worse_10, worse_20, better_5, better_10 = done.values()
    return [
        share([run.dropped for run in equal]),
        share([run.dropped for run in falling]),
        middle(_reached(equal)),
        share([run.reached is not None for run in worse_5]),
        *(middle([run.exposed for run in runs]) for runs in (worse_5, worse_10, worse_20)),
        *(middle(_reached(runs)) for runs in (better_5, better_10)),
    ]


def _cells(runs: Sequence[Run]) -> list[str]:
    return [
        share([run.dropped for run in runs]),
        share([run.reached is not None for run in runs]),
        middle(_reached(runs)),
        middle([run.exposed for run in runs]),
        share([run.retired for run in runs]),
    ]


def _reached(runs: Sequence[Run]) -> list[int]:
    return [run.reached for run in runs if run.reached is not None]


def _bar(world: World, runs: Sequence[Run]) -> str:
    told = []
    if min(world.candidates) >= world.control:
        is_met = sum(run.dropped for run in runs) <= 0.05 * len(runs)
        told.append(bar(is_met, "dropped <= 5 %"))
    if world.name == WORSE_5.name:
        is_met = sum(run.reached is not None for run in runs) <= 0.03 * len(runs)
        told.append(bar(is_met, "reach <= 3 %"))
    if most := REACHED_WITHIN.get(world.name):
        when = _reached(runs)
        told.append(bar(bool(when) and median(when) <= most, f"at <= {most:,}"))
    if most := EXPOSED_WITHIN.get(world.name):
        told.append(bar(median([run.exposed for run in runs]) <= most, f"exposed <= {most}"))
    return ", ".join(told)
