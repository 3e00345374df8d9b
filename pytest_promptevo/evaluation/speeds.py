"""How fast the models of a suite are, learnt from the answers that they gave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.latency import timings
from pytest_promptevo.fitness.speed import LEAST_ROWS, explained, fit_speed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome


def learn_speed(
    evaluator: Evaluator, genome: Genome, evaluations: Sequence[Evaluation], *, anew: bool = False
) -> list[Evaluation]:
    """Fits the speed of a genome's model to its evaluations, if latency counts in the suite.

    A good speed that is known stays, so that figures of different days compare: unless the
    model has other weights now.

    Args:
        evaluator: Is told the speed.
        genome: The genome.
        evaluations: Its evaluations; too few of them tell no speed.
        anew: Whether to forget the speed that is known.

    Returns:
        The evaluations with the latencies that the evaluator gives from now on.
    """
    if not evaluator.weighs_latency:
        return list(evaluations)
    reference = evaluator.suite.prompt.reference(genome)
    known = evaluator.speeds.get(reference)
    if anew or known is None or not known.is_good or evaluator.answers.has_changed(reference):
        rows = timings(evaluations)
        # Speeds of other models were measured together with the one that goes.
        evaluator.speeds = {reference: fit_speed(rows)} if len(rows) >= LEAST_ROWS else {}
    return [evaluator.with_latency(genome, evaluation) for evaluation in evaluations]


def distrust(evaluator: Evaluator, genome: Genome, evaluations: Sequence[Evaluation]) -> None:
    """Lowers the R^2 of a speed that does not describe a genome's evaluations.

    Where an engine does not tell how many tokens of a prompt it had cached, a speed may fit
    the prompts that it was fitted to and mislead about those that share more or less.
    """
    reference = evaluator.suite.prompt.reference(genome)
    speed, rows = evaluator.speeds.get(reference), timings(evaluations)
    if speed is None or tells_all(evaluations) or len(rows) < LEAST_ROWS:
        return
    r2 = explained(speed, rows)
    if r2 < speed.r2:
        evaluator.speeds[reference] = replace(speed, r2=r2)


def tells_all(evaluations: Iterable[Evaluation]) -> bool:
    """Whether the engine told of each answer what of its prompt was cached and what it took."""
    return all(
        asked.recording.cached_tokens is not None and asked.recording.prompt_ms is not None
        for evaluation in evaluations
        for asked in evaluation.asked
    )
