"""Builds a table: ``python -m tests.benchmarks.search.build NAME``.

Every answer is in the recipe's store before it is used, so that a build which was stopped
goes on where it was, and nothing is paid for twice. After a change of a scorer the same
command scores the stored answers anew.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.errors import ContextOverflow
from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.fitness import NAMES
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.recording import Answerer, CommittedFile, Recording
from pytest_promptevo.recording.store import Store

from . import tables
from .recipes import MODEL, RECIPES, Grid, folder, genomes, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.providers import Provider

_PAUSE_SECONDS = 5.0


class Collector:
    """Gathers evaluations as the arrays of a table.

    Args:
        grid: The loaded recipe.
        count: Number of genomes.
    """

    def __init__(self, grid: Grid, count: int) -> None:
        turns = grid.suite.prompt.output.max_repairs + 1
        shape = (grid.replicates, count, len(grid.suite.examples))
        self.scores = np.zeros((*shape, len(NAMES)))
        self.asked = np.full((*shape, turns), -1)
        self._numbers: dict[tuple[str, int | None], int] = {}
        self._answers: list[Recording] = []

    def take(self, replicate: int, genome: int, evaluations: list[Evaluation | None]) -> None:
        """Takes the evaluations of a genome on all examples; None is a prompt too long."""
        for example, evaluation in enumerate(evaluations):
            if evaluation is None:
                continue
            self.scores[replicate, genome, example] = evaluation.score.vector()
            for turn, asked in enumerate(evaluation.asked):
                self.asked[replicate, genome, example, turn] = self._number(asked.recording)

    def answers(self) -> tables.Answers:
        """Returns the answers that the numbers in `asked` stand for."""
        keys = {made.key: None for made in self._answers}
        number = {key: at for at, key in enumerate(keys)}
        return tables.Answers(
            tuple(made.text for made in self._answers),
            np.array([number[made.key] for made in self._answers]),
            np.array([made.completion_tokens for made in self._answers]),
            np.array([made.prompt_tokens for made in self._answers]),
            np.array([made.finish == "stop" for made in self._answers]),
            np.array([made.latency_ms for made in self._answers]),
        )

    def _number(self, made: Recording) -> int:
        at = (made.key, made.max_tokens)
        if at not in self._numbers:
            self._numbers[at] = len(self._answers)
            self._answers.append(made)
        return self._numbers[at]


def build(
    name: str,
    engine: Provider,
    *,
    ready: Callable[[], None] = lambda: None,
    say: Callable[[str], None] = lambda _line: None,
) -> tables.Table:
    """Builds (or goes on building) a table.

    Args:
        name: The recipe's name.
        engine: What answers.
        ready: Called before each genome; may wait.
        say: Takes lines of progress.
    """
    grid = load(name)
    grown = genomes(grid.space, grid.initial)
    store = Store(folder(name) / "answers.sqlite")
    answers = Answerer(
        "missing", CommittedFile(folder(name) / "none.jsonl"), lambda: store, lambda _: engine
    )
    evaluator = Evaluator(grid.suite, answers, grid.suite.path.parent)
    collector = Collector(grid, len(grown))
    start = time.monotonic()
    for number, genome in enumerate(grown):
        ready()
        for replicate in range(grid.replicates):
            evaluations = _evaluations(evaluator, _draw(genome, replicate))
            collector.take(replicate, number, evaluations)
        say(
            f"{name}: {number + 1} of {len(grown)} genomes, {answers.paid} calls paid, "
            f"{time.monotonic() - start:.0f} s"
        )
    store.close()
    return tables.Table(
        name,
        grid.space,
        grid.initial,
        grid.suite.objectives,
        tuple(example.id for example in grid.suite.examples),
        collector.scores,
        collector.asked,
        collector.answers(),
        {
            "model": engine.digest(),
            "genomes": len(grown),
            "answers": len(collector.answers().texts),
        },
    )


def _draw(genome: Genome, replicate: int) -> Genome:
    return genome.with_(seed=replicate) if replicate and genome.get("temperature") else genome


def _evaluations(evaluator: Evaluator, genome: Genome) -> list[Evaluation | None]:
    made: list[Evaluation | None] = []
    for evaluation in evaluator.many(genome, evaluator.suite.examples):
        if isinstance(evaluation, Evaluation):
            made.append(evaluation)
        elif isinstance(evaluation, ContextOverflow):
            made.append(None)
        else:
            raise evaluation
    return made


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="build", description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(RECIPES), metavar="NAME")
    parser.add_argument("--pause", type=Path, help="wait as long as this file exists")
    parser.add_argument(
        "--keep", action="store_true", help="keep the figures, without texts, in built/, too"
    )
    options = parser.parse_args(arguments)

    def ready() -> None:
        while options.pause and options.pause.exists():
            time.sleep(_PAUSE_SECONDS)

    engine = connect(MODEL, ProviderOptions(notify=print))
    for name in options.names:
        say = lambda line: print(f"\r{line}", end="", file=sys.stderr, flush=True)  # noqa: E731
        table = build(name, engine, ready=ready, say=say)
        path = folder(name) / "table.npz"
        tables.save(table, path)
        print(f"\n{name}: {table.notes} in {path}")
        if options.keep:
            tables.save(tables.without_texts(table), tables.kept_path(name))
    engine.close()


if __name__ == "__main__":
    main()
