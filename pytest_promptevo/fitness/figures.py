"""A suite's figures: scores added up, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.intervals import (
    Estimate,
    mean_interval,
    percentile,
    wilson_interval,
)
from pytest_promptevo.fitness.score import NAMES, Score
from pytest_promptevo.fitness.terms import Term, sum_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.fitness.objectives import Objectives


@dataclass(frozen=True)
class Figures:
    """A suite's figures: means with intervals, and the percentiles of latency.

    Attributes:
        fitness: Mean fitness of the examples.
        objectives: Objective to its mean.
        latency_p50: Median latency in milliseconds.
        latency_p95: 95th percentile of latency in milliseconds.
        terms: What each objective that has weight adds to the fitness.
    """

    fitness: Estimate
    objectives: Mapping[str, Estimate]
    latency_p50: float
    latency_p95: float
    terms: tuple[Term, ...] = ()

    def explained(self) -> str:
        """Returns the fitness as the sum that it is (see `sum_in_words`)."""
        return sum_in_words(self.fitness.mean, self.terms)


def figures(scores: Sequence[Score], objectives: Objectives) -> Figures:
    """Adds up the scores of a suite.

    The fitness claims no more certainty than a quality that is part of it: where each example
    is right or wrong, as far as Wilson's interval of the quality reaches, weighted, so far
    reaches that of the fitness at least. Student's has no width where all are right.

    Raises:
        ValueError: if there are no scores.
    """
    if not scores:
        raise ValueError("no scores to add up")
    latencies = [score.latency_ms for score in scores]
    fitness = mean_interval([objectives.fitness(score) for score in scores])
    parts = {name: _interval(name, [getattr(score, name) for score in scores]) for name in NAMES}
    if _is_binary([score.quality for score in scores]):
        fitness = _as_sure_as(parts["quality"], fitness, objectives)
    return Figures(
        fitness=fitness.within(*objectives.bounds()),
        objectives=parts,
        latency_p50=percentile(latencies, 0.5),
        latency_p95=percentile(latencies, 0.95),
        terms=objectives.terms({name: part.mean for name, part in parts.items()}),
    )


def _interval(name: str, values: Sequence[float]) -> Estimate:
    if name == "quality" and _is_binary(values):
        return wilson_interval(round(sum(values)), len(values))
    return mean_interval(values).within(0.0, 1.0 if name == "quality" else math.inf)


def _as_sure_as(quality: Estimate, fitness: Estimate, objectives: Objectives) -> Estimate:
    """Returns a fitness that is no surer than the quality in it; alone, both are as sure."""
    weight = objectives.weights.get("quality", 0.0)
    ends = [fitness.mean + weight * (end - quality.mean) for end in (quality.low, quality.high)]
    low, high = min(ends), max(ends)
    if not set(objectives.counting) <= {"quality"}:
        low, high = min(low, fitness.low), max(high, fitness.high)
    return replace(fitness, low=low, high=high)


def _is_binary(qualities: Sequence[float]) -> bool:
    return all(quality in (0.0, 1.0) for quality in qualities)
