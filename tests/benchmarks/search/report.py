"""What the runs say, as Markdown: ``python -m tests.benchmarks.search.report NAME...``."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.fitness import mean_interval

from . import tables
from .measure import Ratio, calls_until, median, ratio
from .methods import METHODS
from .recipes import RECIPES
from .replay import Replay
from .run import budget_for, kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .methods import Run
    from .tables import Table

SHARES = (0.95, 0.99)
OURS = "racing"
_HEAD = (
    "method",
    "calls to 95 %",
    f"{OURS} ÷ it",
    "calls to 99 %",
    f"{OURS} ÷ it",
    "search − held-out",
    "overfit [95 % CI]",
    "held-out",
    "calls spent",
)


@dataclass(frozen=True)
class Figures:
    """The figures of one method on one table, seed by seed.

    Attributes:
        until: Share of the best known fitness to the calls until it was reached.
        gap: Fitness on the search's examples minus fitness on the held-out ones.
        overfit: The gap less that of the table's best genome, which no search chose: what
            the split alone does to a gap is the same for both.
        held_out: Fitness of the recommended genome on the held-out examples.
        spent: Calls spent in all.
    """

    until: dict[float, list[float]]
    gap: list[float]
    overfit: list[float]
    held_out: list[float]
    spent: list[float]


def figures(replays: Mapping[int, Replay], runs: Sequence[Run]) -> Figures:
    """Measures runs of one method, in the order of their seeds."""
    made = Figures({share: [] for share in SHARES}, [], [], [], [])
    for each in sorted(runs, key=lambda run: run.seed):
        replay = replays[each.seed]
        last = each.trace[-1][1]
        for share in SHARES:
            made.until[share].append(calls_until(each.trace, replay.values, share))
        made.held_out.append(float(replay.held_out_values[last]))
        made.gap.append(_gap(replay, last))
        made.overfit.append(made.gap[-1] - _gap(replay, replay.table.best))
        made.spent.append(each.calls)
    return made


def _gap(replay: Replay, number: int) -> float:
    return replay.observed(number) - float(replay.held_out_values[number])


def report(table: Table, runs: Sequence[Run], budget: int, rng: np.random.Generator) -> str:
    """Returns a table's section of the report."""
    by_method = {name: [each for each in runs if each.method == name] for name in METHODS}
    replays = {seed: Replay(table, seed) for seed in sorted({each.seed for each in runs})}
    measured = {name: figures(replays, made) for name, made in by_method.items() if made}
    lines = [
        f"### {table.name}",
        "",
        _about(table, list(replays.values())),
        "",
        row(_HEAD),
        row("---" for _ in _HEAD),
    ]
    ours = measured.get(OURS)
    for name, found in measured.items():
        cells = [name]
        for share in SHARES:
            cells.append(_until(found.until[share], budget))
            rival = ours and name != OURS and len(ours.spent) == len(found.spent)
            made: Ratio | str = (
                ratio(ours.until[share], found.until[share], budget, rng) if rival and ours else ""
            )
            cells.append(str(made))
        cells.append(f"{100 * median(found.gap):+.1f}")
        cells.append(_interval(found.overfit))
        cells.append(f"{median(found.held_out):.3f}")
        cells.append(f"{median(found.spent):.0f}")
        lines.append(row(cells))
    return "\n".join(lines)


def _about(table: Table, replays: Sequence[Replay]) -> str:
    values = table.values(range(len(table.examples)))
    searched = [replay.values for replay in replays]
    near = [float(np.mean(each >= 0.95 * each.max())) for each in searched]
    start = values[table.numbers[table.initial]]
    quarters = ", ".join(f"{each:.2f}" for each in np.quantile(values, [0.25, 0.5, 0.75]))
    return (
        f"{len(table.genomes)} genomes × {len(table.examples)} examples from "
        f"{len(table.answers.texts):,} answers; fitness of the first genome {start:.2f}, "
        f"quartiles {quarters}, best {values.max():.2f}; "
        f"{100 * float(np.median(near)):.1f} % of the genomes reach 95 % of the best; "
        f"{len(replays)} seeds."
    )


def _until(calls: Sequence[float], budget: int) -> str:
    missed = sum(map(math.isinf, calls))
    middle = median(calls)
    text = f"> {budget:,}" if math.isinf(middle) else f"{middle:,.0f}"
    return f"{text} ({missed} of {len(calls)} never)" if missed else text


def _interval(values: Sequence[float]) -> str:
    found = mean_interval([100 * value for value in values])
    return f"{found.mean:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"


def row(cells: Iterable[str]) -> str:
    """Returns a row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="report", description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(RECIPES), metavar="NAME")
    options = parser.parse_args(arguments)
    for name in options.names:
        table = tables.load(tables.path_of(name))
        budget = budget_for(table)
        runs = [each for each in kept(name) if each.budget == budget]
        print(report(table, runs, budget, np.random.default_rng(0)), end="\n\n")


if __name__ == "__main__":
    main()
