"""What one genome achieved on one example."""

from __future__ import annotations

from dataclasses import dataclass

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
