"""Shipped, greedy and evolved genome side by side, and beside what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from pytest_promptevo.fitness import figures, percentile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator

    from .evolution import Evolved, Searched


@dataclass(frozen=True)
class Measured:
    """What a genome did on the held-out examples, and what it took to find it.

    Attributes:
        quality: Mean quality.
        latency_p95_ms: 95th percentile of latency.
        tokens: Mean tokens of an example, those of repairs included.
        repairs: Mean rounds of repair.
        valid: Share of answers that were valid without repair.
        fitness: Mean fitness.
        calls: Calls of the search; 0 for the shipped genome.
        minutes: What the model took for them, one after the other.
    """

    quality: float
    latency_p95_ms: float
    tokens: float
    repairs: float
    valid: float
    fitness: float
    calls: int = 0
    minutes: float = 0.0

    @classmethod
    def of(
        cls, evaluator: Evaluator, found: Sequence[Evaluation], searched: Searched | None = None
    ) -> Measured:
        """Returns the figures of a genome's evaluations."""
        scores = [each.score for each in found]
        told = figures(scores, evaluator.suite.objectives)
        means = {name: estimate.mean for name, estimate in told.objectives.items()}
        return cls(
            quality=means["quality"],
            latency_p95_ms=percentile([each.latency_ms for each in scores], 0.95),
            tokens=means["tokens"],
            repairs=means["repairs"],
            valid=sum(each.repairs == 0 for each in scores) / len(scores),
            fitness=told.fitness.mean,
            calls=searched.calls if searched else 0,
            minutes=searched.minutes if searched else 0.0,
        )


@dataclass(frozen=True)
class Gain:
    """A gain that was expected of the evolved genome over the shipped one.

    Attributes:
        name: What of.
        expected: By which share it was to change.
        before: The shipped genome's figure.
        after: The evolved genome's figure.
    """

    name: str
    expected: float
    before: float
    after: float

    @property
    def change(self) -> float | None:
        """By which share it changed; None from nothing."""
        return self.after / self.before - 1 if self.before else None

    @property
    def is_reached(self) -> bool:
        """Whether it changed by as much as expected; any rise from nothing is infinite."""
        if self.change is None:
            return self.after > 0 and self.expected > 0
        return self.change >= self.expected if self.expected > 0 else self.change <= self.expected


def measured_of(evaluator: Evaluator, evolved: Evolved) -> dict[str, Measured]:
    """Returns the figures of the shipped genome, of the greedy loop's, and of the evolved one."""
    found = evolved.held_out
    return {
        "shipped": Measured.of(evaluator, found[evolved.shipped]),
        "greedy loop": Measured.of(
            evaluator, found[evolved.greedy.result.recommended], evolved.greedy
        ),
        "evolved": Measured.of(evaluator, found[evolved.best[0]], evolved.classic),
    }


def gains_of(measured: Mapping[str, Measured]) -> list[Gain]:
    """Returns the gains that the mission expects, as they came out."""
    before, after = measured["shipped"], measured["evolved"]
    return [
        Gain("quality", 0.23, before.quality, after.quality),
        Gain("latency p95, ms", -0.6, before.latency_p95_ms, after.latency_p95_ms),
        Gain("tokens", -0.6, before.tokens, after.tokens),
        Gain("valid without repair", 0.19, before.valid, after.valid),
    ]


def table(measured: Mapping[str, Measured], gains: Sequence[Gain]) -> str:
    """Returns the table of all of them."""
    by_name = {gain.name: gain for gain in gains}
    columns = list(measured.values())
    rows: list[list[Any]] = []
    for name, attribute, shape in (
        ("quality", "quality", "{:.3f}"),
        ("latency p95, ms", "latency_p95_ms", "{:,.0f}"),
        ("tokens", "tokens", "{:,.0f}"),
        ("valid without repair", "valid", "{:.0%}"),
        ("repairs", "repairs", "{:.2f}"),
        ("fitness", "fitness", "{:.3f}"),
        ("calls of the search", "calls", "{:,}"),
        ("minutes of the model", "minutes", "{:.1f}"),
    ):
        cells = [shape.format(getattr(each, attribute)) for each in columns]
        if attribute in ("calls", "minutes"):
            cells[0] = "-"
        rows.append([name, *cells, *_told(by_name.get(name), name)])
    return tabulate(
        rows,
        headers=["held-out examples", *measured, "change", "expected", "reached"],
        disable_numparse=True,
        colalign=("left", *["right"] * (len(measured) + 2), "left"),
    )


def _told(gain: Gain | None, name: str) -> list[str]:
    if name == "minutes of the model":
        return ["", "minutes", ""]
    if gain is None:
        return ["", "", ""]
    change = "from 0" if gain.change is None else f"{gain.change:+.0%}"
    return [change, f"{gain.expected:+.0%}", "yes" if gain.is_reached else "no"]
