"""The verdict on a whole suite: its gate, and how it stands against its lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import compare

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.fitness import Figures, Gate, Paired
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite

_MOST_NAMED = 8


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a suite.

    Attributes:
        gate: The gate over all golden examples.
        unseen: The gate over the examples that the search for the locked genome never saw,
            which then alone decides; None if none were held out.
        paired: The examples' qualities against those in the lock, or None without a lock
            that knows them.
    """

    gate: Gate
    unseen: Gate | None = None
    paired: Paired | None = None

    @property
    def decides(self) -> Gate:
        """The gate that decides: over the unseen examples, where there are any."""
        return self.unseen or self.gate

    @property
    def figures(self) -> Figures:
        """The figures over all golden examples."""
        return self.gate.figures

    @property
    def breaches(self) -> tuple[str, ...]:
        """A sentence for each thing that fails; empty if the suite passes."""
        breaches = self.decides.breaches
        if self.unseen is not None:
            where = f"on the {self.unseen.figures.fitness.n} examples that its search never saw, "
            breaches = tuple(where + breach for breach in breaches)
        if self.paired is not None and self.paired.is_worse:
            breaches = (*breaches, _told_fall(self.paired))
        return breaches

    @property
    def passes(self) -> bool:
        """Whether nothing is breached."""
        return not self.breaches


def verdict_on(
    suite: Suite,
    evaluations: Sequence[Evaluation],
    entry: Entry | None = None,
    comparable: Collection[str] = (),
    unseen: Collection[str] = (),
) -> Verdict:
    """Judges the evaluations of all golden examples of a suite.

    Args:
        suite: The suite.
        evaluations: One of each golden example.
        entry: Its lock entry.
        comparable: Ids of the examples that are the same as when the entry was written.
        unseen: Ids of the examples that the search for the locked genome never saw.
    """
    gate = suite.judge([evaluation.score for evaluation in evaluations])
    if entry is None:
        return Verdict(gate)
    scores = [evaluation.score for evaluation in evaluations if evaluation.example in unseen]
    return Verdict(
        gate,
        suite.judge(scores) if scores else None,
        _against_lock(entry.quality, evaluations, comparable),
    )


def _against_lock(
    locked: Mapping[str, float] | None,
    evaluations: Sequence[Evaluation],
    comparable: Collection[str],
) -> Paired | None:
    if locked is None or not comparable:
        return None
    now = {
        evaluation.example: evaluation.score.quality
        for evaluation in evaluations
        if evaluation.example in comparable
    }
    return compare({example: locked.get(example, 1.0) for example in now}, now) if now else None


def _told_fall(paired: Paired) -> str:
    difference, fell = paired.difference, paired.fell
    worst = ", ".join(
        f"{fall.example} ({fall.before:.3g} -> {fall.now:.3g})" for fall in fell[:_MOST_NAMED]
    )
    rest = f" and {len(fell) - _MOST_NAMED} more" if len(fell) > _MOST_NAMED else ""
    return (
        f"quality fell against the lock: {difference.mean:+.3f} "
        f"[{difference.low:+.3f}, {difference.high:+.3f}] on {difference.n} examples "
        f"(p = {paired.p_value:.1g}); lower: {worst}{rest}"
    )
