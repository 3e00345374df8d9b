"""What holds for all tests of a suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        held_out: Ids of the examples that the search for its genome never saw.
        can_evolve: Whether its file says what a search may change.
    """

    suite: str
    lock: str
    threshold: float
    weights: Mapping[str, float]
    total: int
    state: str
    stale: tuple[str, ...]
    damage: str
    held_out: tuple[str, ...] = ()
    can_evolve: bool = False
    latency: str = ""
