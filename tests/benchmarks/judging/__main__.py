"""How far a judge agrees with people on labelled answers, and what its verdicts cost.

    python -m tests.benchmarks.judging [--model REF] [--pairs N] [--folder DIR]

pytest runs three suites of a scratch project, one after the other: without a judge, with one that
sees message and answer alone, and with one that is told the right topic, too. The data
(`PROMPTEVO_BENCH_DATA`, or ``../shared/data``) is BANKING77 (CC BY 4.0) and CLINC150 (CC BY 3.0);
nothing of it is kept in the project.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.search.report import row

from .pairs import PAIRS, pairs
from .project import QUESTION, SUITES, Run, replayed, run, write

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL = "embedded:smollm2-135m-instruct"
_HEAD = ("suite", "quality", "tokens", "fitness", "calls", "verdicts", "tokens of one", "seconds")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        prog="judge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=MODEL, metavar="REF", help="answers and judges")
    parser.add_argument("--pairs", type=int, default=PAIRS, metavar="N")
    parser.add_argument("--folder", type=Path, help="where the project is kept and gone on with")
    options = parser.parse_args(arguments)
    try:
        drawn = pairs(options.pairs)
    except ValueError as error:
        parser.error(str(error))
    right = sum(pair.is_right for pair in drawn)
    print(f"{options.model}, {len(drawn)} pairs ({right} right): {QUESTION}\n")
    kept = options.folder
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, drawn, options.model)
        runs = [run(folder, suite) for suite in SUITES]
        judged = [each for each in runs if each.agreement]
        is_same = [replayed(folder, each.suite) == each.agreement for each in judged]
    print(row(_HEAD))
    print(row("---" for _ in _HEAD))
    for each in runs:
        print(row(_cells(each)))
    print("", *(each.agreement for each in judged), "", sep="\n")
    print(f"replayed without a model, the same lines: {sum(is_same)} of {len(judged)}")


def _cells(told: Run) -> list[str]:
    return [
        told.suite,
        f"{told.quality:.3f}",
        f"{told.tokens:.2f}",
        f"{told.fitness:.3f}",
        f"{told.calls:,}",
        f"{told.verdicts:,}",
        f"{told.verdict_tokens:.0f}",
        f"{told.seconds:.0f}",
    ]


if __name__ == "__main__":
    main()
