"""A genome on many examples, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import ContextOverflow, PromptEvoError
from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.evaluation.latency import as_measured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example


def baseline(
    evaluator: Evaluator, genome: Genome, done: Callable[[int], None] = lambda _count: None
) -> list[Evaluation]:
    """Evaluates a genome on all golden examples.

    Raises:
        PromptEvoError: the first error of an example.
    """
    results = evaluator.many(genome, evaluator.suite.examples, done)
    if errors := [result for result in results if isinstance(result, PromptEvoError)]:
        # Examples are asked side by side: the one that tells the cause may stand later.
        raise min(errors, key=lambda error: getattr(error, "is_again", False))
    return [result for result in results if isinstance(result, Evaluation)]


def measured(
    evaluator: Evaluator, genome: Genome, examples: Sequence[Example], first: int = 0
) -> list[Evaluation]:
    """Evaluates a genome on examples; a prompt that does not fit the model is worth nothing.

    Args:
        evaluator: The suite's evaluator.
        genome: The genome.
        examples: The examples.
        first: Number of the first draw of each.

    Raises:
        PromptEvoError: the first other error of an example.
    """
    evaluations = []
    results = evaluator.many(genome, examples, first=first)
    for example, result in zip(examples, results, strict=True):
        if isinstance(result, ContextOverflow):
            evaluations.append(Evaluation.nothing(example.id, str(result)))
        elif isinstance(result, PromptEvoError):
            raise result
        else:
            evaluations.append(result)
    return evaluations


def attempted(evaluator: Evaluator, genome: Genome, example: Example, draw: int = 0) -> Evaluation:
    """Evaluates a draw of an example; a prompt that does not fit the model is worth nothing."""
    try:
        return evaluator.evaluate(genome, example, draw)
    except ContextOverflow as exc:
        return Evaluation.nothing(example.id, str(exc))


def timed(evaluator: Evaluator, genome: Genome, example: Example, purpose: str) -> Evaluation:
    """Evaluates one example anew for its latency, in this process, whatever is recorded.

    Args:
        evaluator: The suite's evaluator.
        genome: The genome.
        example: The example.
        purpose: What the latency is for: only answers recorded for the same are used.

    Raises:
        ProviderError: if the model cannot answer.
    """
    try:
        return as_measured(evaluator.evaluate_here(genome, example, measured_for=purpose))
    except ContextOverflow as exc:
        return Evaluation.nothing(example.id, str(exc))
