"""How often verdicts are wrong, in worlds whose truth is known.

    python -m tests.benchmarks.verdicts [ROWS...] [--searches N] [--runs N] [--json]

Rows: `null` (all genomes are equal), `better` (one is 15 points better), `ci` (runs without a
change), `power` (drops that must be found), `needed` (the table of docs/statistics.md).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from typing import TYPE_CHECKING

from .checks import CHECKS, needed_table
from .report import plain, table

if TYPE_CHECKING:
    from collections.abc import Sequence

NEEDED = "needed"


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        prog="verdicts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    choices = [*CHECKS, NEEDED]
    parser.add_argument("rows", nargs="*", metavar="ROWS", help=f"of {', '.join(choices)}")
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    if unknown := set(options.rows) - set(choices):
        parser.error(f"unknown rows {', '.join(sorted(unknown))}: use {', '.join(choices)}")
    chosen = options.rows or choices
    rows = []
    processes = options.processes
    # A process that is forked inherits the present world; one that is spawned starts clean.
    pool = ProcessPoolExecutor(processes, get_context("spawn")) if processes > 1 else nullcontext()
    with pool as executor:
        for name in (name for name in CHECKS if name in chosen):
            start = time.monotonic()
            rows += CHECKS[name](options.searches, options.runs, executor)
            print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    if options.json:
        print(json.dumps(plain(rows), indent=1))
        return
    if rows:
        print(table(rows))
    if NEEDED in chosen:
        print(f"\n{needed_table()}" if rows else needed_table())


if __name__ == "__main__":
    main()
