"""Strategies side by side on the example suites, live on the embedded model.

    python tests/benchmarks/bench_strategies.py [FOLDER] [STRATEGY ...]

Every strategy starts from the shipped genomes with seed 0 and the same budget. Calls are
what the strategy needs (an answer that an earlier strategy paid for counts again). The
figures are those of the held-out examples. FOLDER keeps the answers between runs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tabulate import tabulate

from pytest_promptevo.campaign import Plan, search
from pytest_promptevo.evaluate import Evaluator
from pytest_promptevo.evolve import Budget
from pytest_promptevo.providers import connect
from pytest_promptevo.recording import Answerer, CommittedFile, Store
from pytest_promptevo.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2] / "example_project"
SUITES = ("order_number", "triage", "amount")
CALLS = 1000
HEAD = ["suite", "genome", "fitness", "quality", "ms", "tokens", "repairs", "calls", "verdict"]


def rows(folder: Path, strategies: Iterable[str]) -> list[list[str]]:
    """Returns a row for the shipped genome of each suite and one for each strategy."""
    engines = {}
    store = Store(folder / "answers.sqlite")
    made = []
    for name in SUITES:
        suite = load_suite(ROOT / f"{name}.promptevo.yaml", ROOT)
        for reference in suite.models.values():
            engines.setdefault(reference, connect(reference))
        shipped = True
        for strategy in strategies:
            answers = Answerer(
                "missing", CommittedFile(folder / "none"), store, engines.__getitem__
            )
            plan = Plan(strategy, 0, Budget(calls=CALLS))
            outcome = search(Evaluator(suite, answers, ROOT), suite.shipped, plan)
            before, after = (gate.figures for gate in outcome.held_out)
            if shipped:
                made.append([suite.name, "shipped", *_figures(before), "", ""])
                shipped = False
            verdict = outcome.confirmation.verdict if outcome.confirmation else outcome.reason
            calls = str(outcome.result.calls)
            made.append([suite.name, strategy, *_figures(after), calls, verdict])
            print(made[-1], file=sys.stderr)
    return made


def _figures(figures: object) -> list[str]:
    objectives = figures.objectives  # type: ignore[attr-defined]
    fitness = figures.fitness  # type: ignore[attr-defined]
    return [
        f"{fitness.mean:.2f} [{fitness.low:.2f}, {fitness.high:.2f}]",
        f"{objectives['quality'].mean:.2f}",
        f"{objectives['latency_ms'].mean:.0f}",
        f"{objectives['tokens'].mean:.0f}",
        f"{objectives['repairs'].mean:.2f}",
    ]


def main() -> None:
    arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(arguments[0] if arguments else name)
        strategies = arguments[1:] or ["greedy", "classic"]
        print(tabulate(rows(folder, strategies), HEAD, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
