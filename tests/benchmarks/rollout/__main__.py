"""What bandit and guard of a rollout bring, in worlds whose truth is known.

python -m tests.benchmarks.rollout regret|guard|compare [--runs N] [--processes N]
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tabulate import tabulate

from .guard import COMPARED, guard_table, rivals_rows
from .regret import bandit_rows, regret_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor


def compare_table(runs: int, executor: Executor) -> str:
    """Returns guard and bandit beside what others do, in one table."""
    extra = ["regret after 1,000", "microseconds a step"]
    unknown = ["no guard"] * (len(COMPARED) - 1)
    rows = [[*row, "", ""] for row in rivals_rows(runs, executor)]
    for name, *figures in bandit_rows(runs, executor):
        rows.append([name, *unknown, *figures])
    return tabulate(rows, [*COMPARED, *extra], tablefmt="github")


TABLES = {"regret": regret_tables, "guard": guard_table, "compare": compare_table}
RUNS = {"regret": 2_000, "guard": 500, "compare": 500}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        prog="rollout", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", choices=list(TABLES))
    parser.add_argument("--runs", type=int, help="runs a row (regret 2,000, the others 500)")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args(arguments)
    runs = options.runs or RUNS[options.table]
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as executor:
        print(TABLES[options.table](runs, executor))


if __name__ == "__main__":
    main()
