"""What a candidate failed of the held-out examples that are gone by now: it stays against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.fitness import Score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.fitness import Objectives
    from pytest_promptevo.lock import HeldOut, Unseen


class FailedBefore(NamedTuple):
    """A held-out example that is gone or edited, which a candidate failed.

    Attributes:
        quality: The candidate's worst quality there.
        locked: That of the locked genome.
    """

    quality: float
    locked: float


def failed_before(
    failing: Mapping[str, float], known: HeldOut, unseen: Unseen
) -> list[FailedBefore]:
    """Returns what a candidate failed and is gone or edited.

    Args:
        failing: What the lock knows that the candidate failed.
        known: What was held out, with what the locked genome failed.
        unseen: What is left of it.
    """
    return [
        FailedBefore(quality, known.failing.get(digest, 1.0))
        for digest, quality in failing.items()
        if digest in unseen.absent
    ]


def difference_with(
    gone: Sequence[FailedBefore], mean: float, n: int, objectives: Objectives
) -> float:
    """Returns a candidate's mean difference in fitness with what it failed before.

    Args:
        gone: What it failed and is gone.
        mean: Its mean difference to the locked genome on what is left.
        n: Over how many examples.
        objectives: What makes fitness.
    """
    falls = (
        objectives.fitness(Score(min(each.quality, each.locked)))
        - objectives.fitness(Score(each.locked))
        for each in gone
    )
    return (n * mean + sum(falls)) / (n + len(gone))
