"""How the objectives make one fitness, and which hard limits must hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.errors import SettingsError, did_you_mean
from pytest_promptevo.fitness.intervals import percentile
from pytest_promptevo.fitness.score import NAMES, Score
from pytest_promptevo.fitness.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEFAULT_WEIGHTS = {"quality": 1.0, "latency_ms": -0.001, "tokens": -0.0005, "repairs": -0.2}

MOST = 1_000_000_000
"""Largest weight, limit and threshold: their sums and squares stay numbers."""


@dataclass(frozen=True)
class Limit:
    """Hard limits on one objective's suite mean (or 95th percentile)."""

    min: float | None = None
    max: float | None = None
    p95_max: float | None = None

    def __post_init__(self) -> None:
        for name, bound in vars(self).items():
            if bound is not None:
                _check_number(f"{name} of a limit", bound)

    def excess(self, values: Sequence[float]) -> float:
        """Returns the share by which the worst missed limit is missed; 0 if all are kept."""
        missed = (
            abs(figure - bound) / max(abs(bound), 1e-9) for _, figure, bound in self.broken(values)
        )
        return max(missed, default=0.0)

    def broken(self, values: Sequence[float]) -> Iterator[tuple[str, float, float]]:
        """Yields the limits that an objective's values break.

        Yields:
            What is wrong (a text to format with name, figure and limit), the figure, the limit.
        """
        mean = fmean(values)
        if self.min is not None and mean < self.min:
            yield "{} {:.4g} is below its limit {:g}", mean, self.min
        if self.max is not None and mean > self.max:
            yield "{} {:.4g} is above its limit {:g}", mean, self.max
        if self.p95_max is not None and (high := percentile(values, 0.95)) > self.p95_max:
            yield "p95 of {} {:.4g} is above its limit {:g}", high, self.p95_max


@dataclass(frozen=True)
class Objectives:
    """How the four figures make one fitness, and which limits must hold.

    Attributes:
        weights: Objective to weight; fitness is the sum of weight x objective.
        limits: Objective to hard limits.

    Raises:
        SettingsError: for an unknown objective, or a weight or limit that is none.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names("weights", self.weights)
        for name, weight in self.weights.items():
            _check_number(f"the weight of {name}", weight)
        _check_names("limits", self.limits)
        for name, limit in self.limits.items():
            if not isinstance(limit, Limit):
                raise SettingsError(
                    f"the limit of {name} must be a Limit such as Limit(max=5), not {limit!r}"
                )

    @property
    def counting(self) -> dict[str, float]:
        """Objective to weight, for those that have one."""
        return {name: float(weight) for name, weight in self.weights.items() if weight}

    def fitness(self, score: Score) -> float:
        """Returns the fitness of one example."""
        vector = score.vector()
        return sum(self.weights.get(name, 0.0) * vector[index] for index, name in enumerate(NAMES))

    def counts(self, name: str) -> bool:
        """Whether an objective has a weight or a limit, so that its figure matters."""
        return bool(self.weights.get(name)) or name in self.limits

    def terms(self, means: Mapping[str, float]) -> tuple[Term, ...]:
        """Returns what each objective that has weight adds to a mean fitness.

        Args:
            means: Objective to its mean. Fitness is linear, so the terms of the means add up
                to the mean fitness.
        """
        return tuple(
            Term(name, self.weights[name], means[name]) for name in NAMES if self.weights.get(name)
        )

    def best_possible(self) -> float:
        """Returns the fitness of a perfect answer that costs nothing."""
        return max(0.0, self.weights.get("quality", 0.0))

    def bounds(self) -> tuple[float, float]:
        """Returns the least and the largest fitness that an answer can have."""
        quality = self.weights.get("quality", 0.0)
        costs = [weight for name, weight in self.weights.items() if name != "quality"]
        return (
            -math.inf if min(costs, default=0.0) < 0 else min(0.0, quality),
            math.inf if max(costs, default=0.0) > 0 else self.best_possible(),
        )

    def breaches(self, scores: Sequence[Score]) -> list[str]:
        """Returns a sentence for each hard limit that the scores break."""
        return [
            text.format(name, figure, bound)
            for name, limit in self.limits.items()
            for text, figure, bound in limit.broken([getattr(score, name) for score in scores])
        ]


def _check_names(what: str, given: Any) -> None:
    if not isinstance(given, Mapping):
        raise SettingsError(f"{what} must be a mapping of objectives, not {given!r}")
    for name in given:
        if name not in NAMES:
            raise SettingsError(f"{what}: no objective {name!r}: {did_you_mean(str(name), NAMES)}")


def _check_number(what: str, value: Any) -> None:
    if not is_number(value) or not math.isfinite(value):
        raise SettingsError(f"{what} must be a number, not {value!r}")
    if abs(value) > MOST:
        raise SettingsError(f"{what} must be within {MOST:,} on either side of 0, not {value!r}")
