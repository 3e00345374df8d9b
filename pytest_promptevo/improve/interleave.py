"""Latencies of two genomes that compare: modelled, or measured side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.evaluation.measure import timed
from pytest_promptevo.evaluation.speeds import distrust, tells_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example

Pair = tuple[list["Evaluation"], list["Evaluation"]]


@dataclass(frozen=True)
class Compared:
    """Evaluations of an old and a found genome, with latencies that compare.

    Attributes:
        old: The old genome's, of the examples that decide.
        new: The found genome's.
        asked: Evaluations that were made to measure latency alone.
        measured: Mean measured latency of both, where it is another than theirs.
        notes: What is to be told, a line each.
    """

    old: list[Evaluation]
    new: list[Evaluation]
    asked: tuple[Evaluation, ...] = ()
    measured: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


def like_with_like(
    evaluator: Evaluator,
    genomes: tuple[Genome, Genome],
    evaluations: Pair,
    *,
    is_test: bool,
    left: float = math.inf,
) -> Compared:
    """Gives the evaluations of two genomes latencies that compare.

    Where tokens explain them, latencies are modelled. Where they do not, both genomes are
    measured again, side by side, on the same examples.

    Args:
        evaluator: The suite's evaluator; it no longer models what tokens do not explain.
        genomes: The old and the found genome.
        evaluations: Their evaluations of the examples that decide, in the same order.
        is_test: Whether these were held out, so that the found genome can be accepted by them.
        left: Calls that may be made.

    Raises:
        ProviderError: if a model cannot answer.
    """
    for genome, side in zip(genomes, evaluations, strict=True):
        distrust(evaluator, genome, side)
    old, new = (
        [evaluator.with_latency(genome, each) for each in side]
        for genome, side in zip(genomes, evaluations, strict=True)
    )
    doubted = unexplained(evaluator, genomes)
    if not doubted or not is_test or genomes[0] == genomes[1]:
        return Compared(old, new, measured=_measured(old, new))
    if evaluator.answers.mode == "none":
        notes = _notes(doubted, "left out, because no model may be asked")
        return Compared(old, with_latencies(new, old), notes=notes)
    examples = [evaluator.suite.by_id[each.example] for each in old]
    if left < 2 * len(examples):
        notes = _notes(doubted, "left out, because the budget has no calls left to measure it")
        return Compared(old, with_latencies(new, old), notes=notes)
    old_again, new_again = side_by_side(evaluator, genomes, examples)
    return Compared(
        with_latencies(old, old_again),
        with_latencies(new, new_again),
        asked=(*old_again, *new_again),
        notes=_notes(doubted, "measured side by side"),
    )


def reserve(
    evaluator: Evaluator,
    before: Genome,
    baseline: Sequence[Evaluation],
    held_out: Sequence[Example],
) -> int:
    """Returns the calls that measuring two genomes side by side may take at the end."""
    if not evaluator.weighs_latency:
        return 0
    speed = evaluator.speeds.get(evaluator.suite.prompt.reference(before))
    is_sure = speed is not None and speed.is_good and tells_all(baseline)
    return 0 if is_sure else 2 * len(held_out)


def side_by_side(
    evaluator: Evaluator, genomes: tuple[Genome, Genome], examples: Sequence[Example]
) -> Pair:
    """Measures two genomes in turns, one call at a time; who begins changes every time.

    The answers are recorded for this pair of genomes alone, so that a comparison that was
    interrupted goes on, and latencies of different hours never meet.

    Returns:
        Evaluations of both, whose latency is the measured one.

    Raises:
        ProviderError: if a model cannot answer.
    """
    pair = text_key(canonical_json([genome.plain() for genome in genomes]))
    found: Pair = ([], [])
    for index, example in enumerate(examples):
        for side in (0, 1) if index % 2 == 0 else (1, 0):
            found[side].append(timed(evaluator, genomes[side], example, pair))
    return found


def unexplained(evaluator: Evaluator, genomes: tuple[Genome, Genome]) -> dict[str, float]:
    """Returns the models whose latency their tokens do not explain, each with its R^2."""
    if not evaluator.weighs_latency:
        return {}
    references = dict.fromkeys(evaluator.suite.prompt.reference(genome) for genome in genomes)
    speeds = {reference: evaluator.speeds.get(reference) for reference in references}
    return {
        reference: speed.r2 if speed else 0.0
        for reference, speed in speeds.items()
        if speed is None or not speed.is_good
    }


def _notes(doubted: Mapping[str, float], done: str) -> tuple[str, ...]:
    return tuple(
        f"the latency of {reference} is not explained by its tokens (R^2 {r2:.2f}): {done}"
        for reference, r2 in doubted.items()
    )


def with_latencies(
    evaluations: Sequence[Evaluation], measured: Sequence[Evaluation]
) -> list[Evaluation]:
    """Returns evaluations with the latencies of others of the same examples."""
    return [
        replace(each, score=replace(each.score, latency_ms=other.score.latency_ms))
        for each, other in zip(evaluations, measured, strict=True)
    ]


def _measured(old: Sequence[Evaluation], new: Sequence[Evaluation]) -> tuple[float, float] | None:
    if all(each.score.latency_ms == each.measured_ms for each in (*old, *new)):
        return None
    return fmean(each.measured_ms for each in old), fmean(each.measured_ms for each in new)
