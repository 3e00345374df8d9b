"""What holds for all tests of a suite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_promptevo.errors import PromptEvoError
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.lock import Entry


@dataclass(frozen=True)
class SuiteFacts:
    """What every record says of its suite: of a part of it the gate's may be missing.

    Attributes:
        suite: Name of the suite.
        lock: Path of its lock.
        threshold: Its threshold.
        weights: Objective to weight.
        total: Number of its golden examples.
        state: ``locked``, ``shipped`` or ``draft``.
        stale: What changed since the lock was written.
        damage: What is wrong with the committed recordings, or nothing.
        latency: Why latencies are shown as measured though they count, or nothing.
        is_old_lock: Whether its entry is one of version 1, which knows less.
        can_evolve: Whether its file says what a search may change.
        is_foreign: Whether the committed recordings are not those of its entry, or have none.
        pass_mark: Least quality of an example that passes.
        judges: Names of its scorers that ask a model.
        tag_minima: Tag to the least quality of the golden examples that have it.
    """

    suite: str
    lock: str
    threshold: float
    weights: Mapping[str, float]
    total: int
    state: str
    stale: tuple[str, ...]
    damage: str
    can_evolve: bool = False
    latency: str = ""
    is_old_lock: bool = False
    is_foreign: bool = False
    pass_mark: float = 1.0
    judges: tuple[str, ...] = ()
    tag_minima: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        evaluator: Evaluator,
        entry: Entry | None,
        lock_path: Path,
        reference: str,
        stale: tuple[str, ...],
        damage: PromptEvoError | None,
        *,
        is_foreign: bool = False,
    ) -> SuiteFacts:
        """Returns what holds for all tests of a suite.

        Args:
            evaluator: The suite's evaluator.
            entry: Its lock entry.
            lock_path: Its lock.
            reference: The model of the tested genome.
            stale: What changed since the lock was written.
            damage: What is wrong with the committed recordings, if anything.
            is_foreign: Whether they are not those of the entry.
        """
        suite = evaluator.suite
        return cls(
            suite=suite.name,
            lock=str(lock_path),
            threshold=suite.threshold,
            weights=dict(suite.objectives.weights),
            total=len(suite.examples),
            state="locked" if entry else "draft" if suite.draft else "shipped",
            stale=stale,
            damage=str(damage).splitlines()[0] if damage else "",
            can_evolve=bool(suite.space and suite.space.free),
            latency=_unexplained(evaluator, reference) if entry else "",
            is_old_lock=entry is not None and entry.quality is None,
            is_foreign=is_foreign,
            pass_mark=suite.pass_mark,
            judges=tuple(entry.name for entry in suite.scorers.judges),
            tag_minima=dict(suite.tag_minima),
        )


def _unexplained(evaluator: Evaluator, reference: str) -> str:
    """Returns why latencies are shown as measured though they count, or nothing."""
    speed = evaluator.speeds.get(reference)
    if speed is None or speed.is_good or not evaluator.weighs_latency:
        return ""
    return (
        f"the latency of {reference} is not explained by its tokens (R^2 {speed.r2:.2f}): "
        "it is shown as measured"
    )
