"""``tags:`` of a suite: the least quality of the golden examples that have a tag."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted, shown
from pytest_promptevo.evaluation.copies import worst_scores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.lock import Unseen
    from pytest_promptevo.suite import Suite

_CHANCE = 1e-9
"""What sums of floats may differ by."""


def tag_breaches(
    suite: Suite, evaluations: Sequence[Evaluation], unseen: Unseen
) -> tuple[str, ...]:
    """Returns a sentence for each tag whose examples miss its least mean quality.

    As the gate, a tag is judged by the examples that its search did not have, later ones among
    them; where there is none with this tag, by all that have it.

    Args:
        suite: The suite.
        evaluations: Those that it is judged by.
        unseen: The examples that the search for the locked genome never saw.
    """
    return tuple(_breaches(suite, evaluations, unseen)) if suite.tag_minima else ()


def _breaches(suite: Suite, evaluations: Sequence[Evaluation], unseen: Unseen) -> Iterator[str]:
    fair = {*unseen.held_out, *unseen.later}
    for tag, least in suite.tag_minima.items():
        ids = set(suite.tagged(tag))
        tagged = [evaluation for evaluation in evaluations if evaluation.example in ids]
        held_out = [evaluation for evaluation in tagged if evaluation.example in fair]
        scores = worst_scores(held_out or tagged, unseen.digests)
        if not scores:
            continue
        mean = fmean(score.quality for score in scores)
        if mean < least - _CHANCE:
            which = " that its search did not have" if held_out else ""
            yield (
                f"tag {shown(tag, 60)}: quality {mean:.3g} of {counted(len(scores), 'example')}"
                f"{which} is below its min {least:g}"
            )
