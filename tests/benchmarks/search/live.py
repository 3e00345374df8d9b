"""The example project live, each strategy from a store of its own that starts empty.

    python -m tests.benchmarks.search.live [--suites NAME...] [--strategies NAME...]

It is what ``pytest --evolve=all`` does to each suite: the shipped genome on all examples,
then the search with its default budget, then the test on held-out examples.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.campaign import Plan, baseline, search
from pytest_promptevo.evaluate import Evaluator
from pytest_promptevo.evolve import STRATEGIES
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.recording import Answerer, CommittedFile, Store
from pytest_promptevo.suite import load_suite

from .recipes import MODEL, PROJECT
from .report import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.providers import Provider

SUITES = ("order_number", "amount", "triage")
_HEAD = ("suite", "strategy", "calls", "paid", "seconds", "held-out before", "after", "verdict")


def live(suite_name: str, strategy: str, seed: int, engine: Provider) -> list[str]:
    """Searches for a suite of the example project; returns a row of figures."""
    suite = load_suite(PROJECT / f"{suite_name}.promptevo.yaml", PROJECT)
    suite = suite.with_models(dict.fromkeys(suite.models, MODEL))
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "answers.sqlite")
        nothing = CommittedFile(Path(name) / "none.jsonl")
        answers = Answerer("missing", nothing, store, lambda _reference: engine)
        evaluator = Evaluator(suite, answers, PROJECT)
        start = time.monotonic()
        baseline(evaluator, suite.shipped)
        outcome = search(evaluator, suite.shipped, Plan(strategy, seed))
        seconds = time.monotonic() - start
        store.close()
    before, after = (str(gate.figures.fitness) for gate in outcome.held_out)
    test = outcome.confirmation
    verdict = test.verdict if test else outcome.reason
    calls = f"{outcome.result.calls:,}"
    return [
        suite.name,
        strategy,
        calls,
        f"{answers.paid:,}",
        f"{seconds:.0f}",
        before,
        after,
        verdict,
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="live", description=__doc__)
    parser.add_argument("--suites", nargs="+", default=SUITES, choices=SUITES, metavar="NAME")
    parser.add_argument(
        "--strategies", nargs="+", default=("racing", "classic"), choices=sorted(STRATEGIES)
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    engine = connect(MODEL, ProviderOptions(notify=lambda line: print(line, file=sys.stderr)))
    print(row(_HEAD))
    print(row("---" for _ in _HEAD))
    for suite in options.suites:
        for strategy in options.strategies:
            print(row(live(suite, strategy, options.seed, engine)), flush=True)
    engine.close()


if __name__ == "__main__":
    main()
