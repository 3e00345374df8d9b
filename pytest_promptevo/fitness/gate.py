"""The gate of a suite: does it reach its threshold and keep its hard limits?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.objectives import Figures, figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness.objectives import Score
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Gate:
    """A suite's figures and what they breach.

    Attributes:
        figures: The figures.
        threshold: The least mean fitness.
        breaches: A sentence for each thing that fails; empty if the gate passes.
    """

    figures: Figures
    threshold: float
    breaches: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Whether nothing is breached."""
        return not self.breaches


def judge(suite: Suite, scores: Sequence[Score]) -> Gate:
    """Judges the scores of all examples of a suite."""
    made = figures(scores, suite.objectives)
    breaches = suite.objectives.breaches(scores)
    if made.fitness.mean < suite.threshold:
        below = f"fitness {made.fitness} is below the threshold {suite.threshold:g}"
        breaches.insert(0, below)
    return Gate(made, suite.threshold, tuple(breaches))
