"""What one genome achieved on one example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAMES = ("quality", "latency_ms", "tokens", "repairs")
"""The objectives, in the order in which they are shown."""


@dataclass(frozen=True)
class Score:
    """What one genome achieved on one example.

    Attributes:
        quality: In [0, 1], from the scorers.
        latency_ms: Milliseconds the engine worked on it, without loading and queueing.
        tokens: Prompt and completion tokens of all its calls.
        repairs: Rounds of repair until the output was valid.
    """

    quality: float
    latency_ms: float = 0.0
    tokens: float = 0.0
    repairs: float = 0.0

    def vector(self) -> tuple[float, float, float, float]:
        """Returns the four figures in the order of `NAMES`."""
        return (self.quality, self.latency_ms, self.tokens, self.repairs)


def at_their_worst(qualities: Iterable[float], scores: Sequence[Score]) -> list[Score]:
    """Returns scores of examples that are gone, at their worst: those that excuse nothing.

    What they have cost is not known; they count as if it were the mean.

    Args:
        qualities: Their qualities.
        scores: Scores of the examples that are there.
    """
    if not scores:
        return []
    columns = zip(*(score.vector() for score in scores), strict=True)
    mean = Score(*(fsum(column) / len(scores) for column in columns))
    return [replace(mean, quality=quality) for quality in qualities if quality < mean.quality]


@dataclass(frozen=True)
class Feedback:
    """What there is to learn from beside the score.

    Attributes:
        output: What the model answered in the end.
        reason: Why quality is not 1, as the scorers say.
    """

    output: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Scored:
    """A score and what there is to learn from it.

    Attributes:
        score: The four objectives.
        feedback: Output and reason.
    """

    score: Score
    feedback: Feedback = Feedback()
