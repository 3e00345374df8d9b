"""Tables for the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from pytest_promptevo.fitness import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Estimate, Figures
    from pytest_promptevo.improve.search import Outcome
    from pytest_promptevo.suite import Suite

_UNITS = {"latency_ms": " ms"}


@dataclass(frozen=True)
class SuiteRow:
    """A suite in the closing table.

    Attributes:
        suite: Its name.
        figures: Its figures over the examples that were tested.
        total: Number of its golden examples.
        threshold: Its threshold.
        state: ``locked``, ``shipped`` or ``draft``.
        passes: Whether the gate passes, or None if it could not judge.
        passed: Number of examples that passed.
    """

    suite: str
    figures: Figures
    total: int
    threshold: float
    state: str
    passes: bool | None
    passed: int


def suites_table(rows: Sequence[SuiteRow]) -> str:
    """Returns a row for each suite: gate, fitness, objectives."""
    table = [
        [
            row.suite,
            row.state,
            f"{row.passed}/{row.figures.fitness.n}" + _of(row),
            interval(row.figures.fitness),
            f"{row.threshold:g}",
            {True: "pass", False: "FAIL", None: "-"}[row.passes],
            interval(row.figures.objectives["quality"]),
            f"{row.figures.latency_p50:.0f} / {row.figures.latency_p95:.0f}",
            f"{row.figures.objectives['tokens'].mean:.0f}",
            f"{row.figures.objectives['repairs'].mean:.2f}",
        ]
        for row in rows
    ]
    head = ["suite", "genome", "passed", "fitness [95 % CI]", "threshold", "gate"]
    head += ["quality", "ms p50 / p95", "tokens", "repairs"]
    return tabulate(table, head, disable_numparse=True)


def _of(row: SuiteRow) -> str:
    return f" of {row.total}" if row.total != row.figures.fitness.n else ""


def interval(estimate: Estimate) -> str:
    """Returns ``0.91 [0.84, 0.95]``."""
    return f"{estimate.mean:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def evolved(suite: Suite, outcome: Outcome, paid: int) -> str:
    """Returns the closing tables of a search: generations, before and after, genes.

    Args:
        suite: The suite.
        outcome: What the search did.
        paid: Answers that models were really asked for, in search and tests; others are replayed.
    """
    result = outcome.result
    head = ["generation", "calls", "recommended", "mean"]
    generations = [
        [each.generation, each.calls, f"{each.best_fitness:.3f}", f"{each.mean_fitness:.3f}"]
        for each in result.history
    ]
    fresh = outcome.held_out[0].figures.fitness.n
    where = "examples the search never saw" if outcome.confirmation else "examples (all)"
    lines = [
        f"{suite.name}: searched with {result.calls} calls ({result.stopped}); "
        f"{paid} asked of the model (the winner's test included), the rest known",
        *([tabulate(generations, head, disable_numparse=True), ""] if generations else []),
        tabulate(
            before_after(outcome),
            [f"{fresh} {where}", "before", "after"],
            disable_numparse=True,
        ),
        "",
        *_genes(outcome),
        f"{suite.name}: {'accepted' if outcome.accepted else 'not accepted'}, {outcome.reason}",
    ]
    return "\n".join(lines)


def before_after(outcome: Outcome) -> list[list[str]]:
    """Returns a row for fitness and for each objective."""
    old, new = (gate.figures for gate in outcome.held_out)
    rows = [["fitness", interval(old.fitness), interval(new.fitness)]]
    return [*rows, *([name, _mean(name, old), _mean(name, new)] for name in NAMES)]


def _mean(name: str, figures: Figures) -> str:
    estimate = figures.objectives[name]
    if name == "quality":
        return interval(estimate)
    return f"{estimate.mean:.1f} [{estimate.low:.1f}, {estimate.high:.1f}]{_UNITS.get(name, '')}"


def _genes(outcome: Outcome) -> list[str]:
    old, new = outcome.before, outcome.result.recommended
    changed = [name for name in new if old.get(name) != new[name]]
    return [f"  {name}: {_short(old.get(name))} -> {_short(new[name])}" for name in changed]


def _short(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    text = (
        f"[{text}]" if isinstance(value, tuple) else repr(text) if isinstance(value, str) else text
    )
    return text if len(text) <= 70 else f"{text[:67]}..."
