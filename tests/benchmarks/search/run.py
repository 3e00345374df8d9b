"""Runs methods on built tables: ``python -m tests.benchmarks.search.run NAME...``.

Runs are kept beside the table; those that are there already are not run again.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_promptevo.evolve import split

from . import tables
from .methods import METHODS, Run, run
from .recipes import RECIPES, folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tables import Table

SEEDS = 30
BUDGET = 60
"""Calls per example that the search sees."""


def budget_for(table: Table) -> int:
    """Returns the budget of a search over a table."""
    return BUDGET * len(split(range(len(table.examples)), 0).search)


def kept(name: str) -> list[Run]:
    """Returns the runs on a table that have been made."""
    path = folder(name) / "runs.jsonl"
    if not path.exists():
        return []
    return [Run.of(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def make(names: Sequence[str], methods: Sequence[str], seeds: int, workers: int) -> None:
    """Makes the runs that are missing."""
    todo = []
    for name in names:
        budget = budget_for(load_table(name))
        done = {(each.method, each.seed) for each in kept(name) if each.budget == budget}
        todo += [
            (name, method, seed, budget)
            for method in methods
            for seed in range(seeds)
            if (method, seed) not in done
        ]
    with ProcessPoolExecutor(workers) as pool:
        futures = [pool.submit(_run, *each) for each in todo]
        for count, future in enumerate(as_completed(futures), 1):
            made = future.result()
            with (folder(made.table) / "runs.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(made.plain()) + "\n")
            print(f"\r{count} of {len(todo)} runs", end="", file=sys.stderr, flush=True)


def forget(names: Sequence[str], methods: Sequence[str]) -> None:
    """Throws the runs of some methods away, for when their code has changed."""
    for name in names:
        left = [each for each in kept(name) if each.method not in methods]
        lines = "".join(json.dumps(each.plain()) + "\n" for each in left)
        (folder(name) / "runs.jsonl").write_text(lines, "utf-8")


@lru_cache(maxsize=8)
def load_table(name: str) -> Table:
    return tables.load(tables.path_of(name))


def _run(name: str, method: str, seed: int, budget: int) -> Run:
    return run(load_table(name), method, seed, budget)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(RECIPES), metavar="NAME")
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS, metavar="METHOD")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="make these runs anew")
    options = parser.parse_args(arguments)
    if options.again:
        forget(options.names, options.methods)
    make(options.names, options.methods, options.seeds, options.workers)


if __name__ == "__main__":
    main()
