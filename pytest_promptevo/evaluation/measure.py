"""A genome on many examples, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import ContextOverflow, PromptEvoError
from pytest_promptevo.evaluation.evaluator import Verdict
from pytest_promptevo.fitness import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.suite.golden import Example


def baseline(
    evaluator: Evaluator, genome: Genome, done: Callable[[int], None] = lambda _count: None
) -> list[Verdict]:
    """Evaluates a genome on all golden examples.

    Raises:
        PromptEvoError: the first error of an example.
    """
    made = evaluator.many(genome, evaluator.suite.examples, done)
    for verdict in made:
        if isinstance(verdict, PromptEvoError):
            raise verdict
    return [verdict for verdict in made if isinstance(verdict, Verdict)]


def scores(evaluator: Evaluator, genome: Genome, examples: Sequence[Example]) -> list[Score]:
    """Returns the scores of a genome on examples, evaluated side by side."""
    made = []
    for verdict in evaluator.many(genome, examples):
        if isinstance(verdict, ContextOverflow):
            made.append(Score(0.0))
        elif isinstance(verdict, PromptEvoError):
            raise verdict
        else:
            made.append(verdict.score)
    return made


def score(evaluator: Evaluator, genome: Genome, example: Example) -> Score:
    """Returns the score of one example; a prompt that does not fit the model scores nothing."""
    try:
        return evaluator.verdict(genome, example).score
    except ContextOverflow:
        return Score(0.0)
