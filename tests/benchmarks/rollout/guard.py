"""The guard in worlds whose truth is known, beside what other rollouts do."""

from __future__ import annotations

import math
import sys
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from tabulate import tabulate

from . import rivals
from .figures import bar, middle, share
from .guard_twin import roll_out_many
from .rollouts import roll_out
from .worlds import BETTER_5, BETTER_10, EQUAL, SEVERAL, SINGLE, WORSE_5, WORSE_10, WORSE_20

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from .rollouts import Run
    from .worlds import World

SEED = 70_000
"""The first seed of the figures; constants were chosen on numpy streams of seeds below 1,000."""

REACHED_WITHIN = {EQUAL.name: 5_000, BETTER_5.name: 1_300, BETTER_10.name: 800}
EXPOSED_WITHIN = {WORSE_5.name: 700, WORSE_10.name: 250, WORSE_20.name: 60}


HEADERS = ["world", "runs", "dropped", "reach 100 %", "at request", "exposed", "retired", "bar"]


def guard_table(runs: int, executor: Executor) -> str:
    """Returns the guard's figures: the twin up to the last stage, the package all the way."""
    twins = {world: executor.submit(roll_out_many, world, runs, SEED) for world in SINGLE}
    real = {world: _real(world, runs, executor) for world in SEVERAL}
    real |= {world: _real(world, max(runs // 5, 2), executor) for world in SINGLE}
    rows = []
    for world, twin in twins.items():
        rows.append(_row(f"{world.name}, up to 100 % (twin)", world, twin.result()))
    for world, done in real.items():
        rows.append(_row(f"{world.name} (`advance`)", world, list(done)))
    return tabulate(rows, HEADERS, tablefmt="github")


def rivals_rows(runs: int, executor: Executor) -> list[list[str]]:
    """Returns, for each method, its figures in the worlds with one candidate."""
    own = {world: executor.submit(roll_out_many, world, runs, SEED) for world in SINGLE}
    seeds = range(SEED, SEED + runs)
    others = {
        name: {
            world: executor.map(partial(_rival, name, world), seeds, chunksize=50)
            for world in SINGLE
        }
        for name in rivals.RIVALS
    }
    rows = [["**e-process (this package)**", *_compared([each.result() for each in own.values()])]]
    for name, done in others.items():
        rows.append([name, *_compared([list(each) for each in done.values()])])
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


def _compared(done: Sequence[Sequence[Run]]) -> list[str]:
    equal, falling, worse_5, worse_10, worse_20, better_5, better_10 = done
    return [
        share([run.dropped for run in equal]),
        share([run.dropped for run in falling]),
        middle(_reached(equal)),
        share([run.reached is not None for run in worse_5]),
        *(middle([run.exposed for run in runs]) for runs in (worse_5, worse_10, worse_20)),
        *(middle(_reached(runs)) for runs in (better_5, better_10)),
    ]


def _real(world: World, runs: int, executor: Executor) -> Iterator[Run]:
    return executor.map(partial(roll_out, world), range(SEED, SEED + runs), chunksize=5)


def _row(name: str, world: World, runs: Sequence[Run]) -> list[object]:
    row = [name, len(runs), *_cells(runs), _bar(world, runs)]
    print(*row, sep=" | ", file=sys.stderr, flush=True)  # long before the last row is known
    return row


def _cells(runs: Sequence[Run]) -> list[str]:
    return [
        share([run.dropped for run in runs]),
        share([run.reached is not None for run in runs]),
        middle(_reached(runs)),
        middle([run.exposed for run in runs]),
        share([run.retired for run in runs]),
    ]


def _reached(runs: Sequence[Run]) -> list[float]:
    """Returns when each run reached the last stage; infinity: not at all."""
    return [math.inf if run.reached is None else run.reached for run in runs]


def _bar(world: World, runs: Sequence[Run]) -> str:
    told = []
    if min(world.candidates) >= world.control:
        is_met = sum(run.dropped for run in runs) <= 0.05 * len(runs)
        told.append(bar(is_met, "dropped <= 5 %"))
    if world.name == WORSE_5.name:
        is_met = sum(run.reached is not None for run in runs) <= 0.03 * len(runs)
        told.append(bar(is_met, "reach <= 3 %"))
    if most := REACHED_WITHIN.get(world.name):
        told.append(bar(median(_reached(runs)) <= most, f"at <= {most:,}"))
    if most := EXPOSED_WITHIN.get(world.name):
        told.append(bar(median([run.exposed for run in runs]) <= most, f"exposed <= {most}"))
    return ", ".join(told)
