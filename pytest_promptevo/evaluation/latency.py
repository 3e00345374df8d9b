"""Latency modelled by tokens: the same under any load, in a replay, and whoever edits it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.speed import Timing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.fitness import Speed
    from pytest_promptevo.recording import Recording


def modelled(evaluation: Evaluation, speed: Speed) -> Evaluation:
    """Returns an evaluation whose latency is that of its tokens, as if nothing was cached."""
    if not evaluation.asked:
        return evaluation
    total_ms = sum(
        speed.latency_ms(asked.recording.prompt_tokens, asked.recording.completion_tokens)
        for asked in evaluation.asked
    )
    return _with(evaluation, total_ms / evaluation.draws)


def as_measured(evaluation: Evaluation) -> Evaluation:
    """Returns an evaluation with the latency that was measured."""
    return _with(evaluation, evaluation.measured_ms)


def _with(evaluation: Evaluation, latency_ms: float) -> Evaluation:
    if latency_ms == evaluation.score.latency_ms:
        return evaluation
    return replace(evaluation, score=replace(evaluation.score, latency_ms=latency_ms))


def timings(evaluations: Iterable[Evaluation]) -> list[Timing]:
    """Returns what each answer of some evaluations took."""
    return [_timing(asked.recording) for evaluation in evaluations for asked in evaluation.asked]


def _timing(recording: Recording) -> Timing:
    worked_on = max(recording.prompt_tokens - (recording.cached_tokens or 0), 0)
    return Timing(worked_on, recording.completion_tokens, recording.latency_ms, recording.prompt_ms)
