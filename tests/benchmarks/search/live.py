"""The example project live, each strategy from a store of its own that starts empty.

    python -m tests.benchmarks.search.live [--suites NAME...] [--strategies NAME:CALLS...]

It is what ``pytest --evolve=all`` does to each suite: the shipped genome on all examples,
then the search, then the test on held-out examples. Figures are those of the held-out
examples; calls are those of the search.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.evolve import Budget
from pytest_promptevo.improve.plan import Plan
from pytest_promptevo.improve.search import search
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.recording import Answerer, CommittedFile
from pytest_promptevo.recording.store import Store
from pytest_promptevo.suite import load_suite

from .recipes import MODEL, PROJECT
from .report import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Figures
    from pytest_promptevo.providers import Provider

SUITES = ("order_number", "amount", "triage")
STRATEGIES = ("racing:500", "classic:1000")
_HEAD = ("suite", "genome", "fitness [95 % CI]", "quality", "ms", "tokens", "calls", "paired test")


def live(suite_name: str, strategy: str, calls: int, seed: int, engine: Provider) -> list[str]:
    """Searches for a suite of the example project; returns rows of figures, before and after."""
    suite = load_suite(PROJECT / f"{suite_name}.promptevo.yaml", PROJECT)
    suite = suite.with_models(dict.fromkeys(suite.prompt.models, MODEL))
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "answers.sqlite")
        nothing = CommittedFile(Path(name) / "none.jsonl")
        answers = Answerer("missing", nothing, lambda: store, lambda _reference: engine)
        evaluator = Evaluator(suite, answers, PROJECT)
        start = time.monotonic()
        baseline(evaluator, suite.shipped)
        outcome = search(evaluator, suite.shipped, Plan(strategy, seed, Budget(calls=calls)))
        seconds = time.monotonic() - start
        store.close()
    before, after = (gate.figures for gate in outcome.held_out)
    test = outcome.confirmation
    print(f"{suite.name} {strategy}: {seconds:.0f} s, {answers.paid} paid", file=sys.stderr)
    spent, verdict = f"{outcome.result.calls:,}", test.verdict if test else outcome.reason
    return [
        row([suite.name, "shipped", *_cells(before), "", ""]),
        row(["", f"`{strategy}`", *_cells(after), spent, verdict]),
    ]


def _cells(figures: Figures) -> list[str]:
    return [
        f"{figures.fitness.mean:.2f} [{figures.fitness.low:.2f}, {figures.fitness.high:.2f}]",
        f"{figures.objectives['quality'].mean:.2f}",
        f"{figures.objectives['latency_ms'].mean:.0f}",
        f"{figures.objectives['tokens'].mean:.0f}",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="live", description=__doc__)
    parser.add_argument("--suites", nargs="+", default=SUITES, choices=SUITES, metavar="NAME")
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES, metavar="NAME:CALLS")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    engine = connect(MODEL, ProviderOptions(notify=lambda line: print(line, file=sys.stderr)))
    print(row(_HEAD))
    print(row("---" for _ in _HEAD))
    for suite in options.suites:
        for number, given in enumerate(options.strategies):
            strategy, _, calls = given.partition(":")
            rows = live(suite, strategy, int(calls), options.seed, engine)
            print("\n".join(rows[min(number, 1) :]), flush=True)
    engine.close()


if __name__ == "__main__":
    main()
