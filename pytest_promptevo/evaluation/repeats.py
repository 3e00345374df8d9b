"""Several draws of one example as one evaluation: the noise of a temperature above 0."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.fitness import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

SEARCH_DRAW = 1_000
"""Draw that a search sees: what it has chosen by is never part of a verdict."""

TEST_DRAW = 2_000
"""First draw of both genomes when a winner is tested (see `improve/winner.py`)."""


def merged(draws: Sequence[Evaluation], pass_mark: float) -> Evaluation:
    """Returns the draws of one example as one evaluation.

    Its scores are means over the draws, so that figures of a suite are means over examples of
    means over draws, and their intervals are clustered by example. What there is to learn
    from comes from the first draw that did not pass.

    Args:
        draws: One evaluation of each draw.
        pass_mark: Least mean quality of an example that passes.

    Raises:
        ValueError: if there are no draws.
    """
    if not draws:
        raise ValueError("no draws to merge")
    if len(draws) == 1:
        return draws[0]
    vectors = [draw.score.vector() for draw in draws]
    score = Score(*(fmean(values) for values in zip(*vectors, strict=True)))
    told = next((draw for draw in draws if not draw.passed), draws[0])
    return Evaluation(
        score=score,
        feedback=told.feedback,
        example=told.example,
        passed=score.quality >= pass_mark - 1e-9,
        asked=tuple(asked for draw in draws for asked in draw.asked),
        judged=tuple(asked for draw in draws for asked in draw.judged),
        human=draws[0].human,
        is_cut=told.is_cut,
        paid=sum(draw.paid for draw in draws),
        draws=len(draws),
        passes=sum(draw.passed for draw in draws),
        raw_latency_ms=fmean(draw.measured_ms for draw in draws),
    )
