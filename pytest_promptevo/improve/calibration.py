"""Measures how fast models are before a search that latency counts in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.latency import timings
from pytest_promptevo.evaluation.measure import timed
from pytest_promptevo.fitness.speed import LEAST_ROWS, fit_speed
from pytest_promptevo.genome import Genome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

SAMPLE = 8
"""Examples that the speed of a model is measured on."""


def calibrate(
    evaluator: Evaluator, genome: Genome, examples: Sequence[Example], roles: Sequence[str]
) -> list[Evaluation]:
    """Measures the models of some roles, unless the speeds of all of them are known well.

    The genome is asked in each role about a few examples, one call at a time: answers that were
    given side by side tell of the load. Several models take turns, so that one load weighs on
    all of them.

    Args:
        evaluator: Is told the speeds.
        genome: The genome.
        examples: Examples, of which the first few are asked about.
        roles: Roles of the models.

    Returns:
        The evaluations that it took.

    Raises:
        ProviderError: if a model cannot answer.
    """
    if not evaluator.weighs_latency or evaluator.answers.mode == "none":
        return []
    models = evaluator.suite.prompt.models
    asked = {models[role]: Genome({**genome, "model": role}) for role in roles}
    known = {reference: evaluator.speeds.get(reference) for reference in asked}
    if all(speed is not None and speed.is_good for speed in known.values()):
        return []
    samples: dict[str, list[Evaluation]] = {reference: [] for reference in asked}
    for example in examples[:SAMPLE]:
        for reference, in_role in asked.items():
            samples[reference].append(timed(evaluator, in_role, example, "calibration"))
    for reference, sample in samples.items():
        _keep(evaluator, reference, sample, is_alone=len(samples) == 1)
    return [evaluation for sample in samples.values() for evaluation in sample]


def roles_of(suite: Suite, genome: Genome) -> list[str]:
    """Returns the roles of the models that a search from a genome on may choose, its own first."""
    gene = suite.space.get("model") if suite.space else None
    return list(dict.fromkeys([genome["model"], *getattr(gene, "options", ())]))


def _keep(
    evaluator: Evaluator, reference: str, sample: Sequence[Evaluation], *, is_alone: bool
) -> None:
    """Keeps the speed of a sample: a model alone keeps the speed that explains more."""
    rows, known = timings(sample), evaluator.speeds.get(reference)
    if len(rows) < LEAST_ROWS:
        return
    speed = fit_speed(rows)
    if known is None or not is_alone or speed.r2 > known.r2:
        evaluator.speeds[reference] = speed
