"""The gate of a suite: does it reach its threshold and keep its hard limits?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.figures import Figures, figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness.objectives import Objectives
    from pytest_promptevo.fitness.score import Score


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


def judge(objectives: Objectives, threshold: float, scores: Sequence[Score]) -> Gate:
    """Judges the scores of all examples of a suite.

    Args:
        objectives: What makes fitness, and the hard limits.
        threshold: The least mean fitness.
        scores: A score for each example.

    Raises:
        ValueError: if there are no scores.
    """
    found = figures(scores, objectives)
    breaches = objectives.breaches(scores)
    if found.fitness.mean < threshold:
        below = f"fitness {found.fitness} is below the threshold {threshold:g}"
        breaches.insert(0, below)
    return Gate(found, threshold, tuple(breaches))
