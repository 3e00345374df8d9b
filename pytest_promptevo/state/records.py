"""What is written to a store and read from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pytest_promptevo.state.tables import EVIDENCE

Mode = Literal["on", "off", "paused"]
"""``off``: the locked genome for everybody. ``paused``: the shares stay as they are."""

MODES: tuple[Mode, ...] = ("on", "off", "paused")

ALL_SUITES = ""
"""Name of the switch that is every suite's."""

LARGEST_TEXT = 1 << 16
"""Letters of a text that are read from a store or written to its queue at most."""


class Queued(NamedTuple):
    """A failure of production that may become a golden example.

    Attributes:
        inputs: Its inputs as JSON, after the application's ``redact``; None if not known.
        answer: What the model answered, as text.
        expected: What it should have been, as JSON.
    """

    inputs: str | None = None
    answer: str | None = None
    expected: str | None = None


class Report(NamedTuple):
    """What is written of one reported outcome.

    Attributes:
        decision: Id of the decision; one outcome each.
        suite: Name of the suite.
        lineup: Digest of the arms.
        version: Number of the allocation.
        arm: Id of the arm.
        unit: Keyed hash of the unit, or nothing.
        reward: In [0, 1].
        quality: In [0, 1].
        error: Whether the answer was invalid.
        latency_ms: Milliseconds, where measured.
        tokens: Tokens of all calls, where counted.
        repairs: Rounds of repair, where counted.
        at: Seconds since 1970.
        left_out: Why it is no evidence; nothing if it is.
        queued: What goes to the queue with it.
    """

    decision: str
    suite: str
    lineup: str
    version: int
    arm: str
    unit: str
    reward: float
    quality: float
    error: bool
    latency_ms: float | None
    tokens: float | None
    repairs: float | None
    at: float
    left_out: str = EVIDENCE
    queued: Queued | None = None


class AllocationRow(NamedTuple):
    """An allocation as it stands in a store: nothing of it is checked yet.

    Attributes:
        version: Its number.
        seq: Number of the last outcome that it takes into account.
        stage: The stage.
        weights: Arm to share, as JSON.
        why: A sentence for people.
    """

    version: Any
    seq: Any
    stage: Any
    weights: Any
    why: Any


class Standing(NamedTuple):
    """How things stand for one suite: all that a process needs to choose.

    Attributes:
        mode: The switch.
        allocation: The newest allocation, or None.
    """

    mode: Mode
    allocation: AllocationRow | None


@dataclass(frozen=True, slots=True)
class RolloutRow:
    """A rollout as it stands in a store: nothing of it is checked yet.

    Attributes:
        seq: Number of the last outcome that it has taken into account.
        first_version: Number of its first allocation.
        first_seq: Number of the last outcome before it began.
        origin: The progress that it began with, as JSON.
        progress: The progress now, as JSON.
        at: When it was last moved on, in seconds since 1970.
    """

    seq: int
    first_version: int
    first_seq: int
    origin: str
    progress: str
    at: float = 0.0


class OutcomeRow(NamedTuple):
    """An outcome that is evidence, in the order of the log."""

    seq: int
    version: int
    arm: str
    reward: float
    error: bool
    latency_ms: float | None
    tokens: float | None


class QueueRow(NamedTuple):
    """A row of the queue; `why` says for what reason it was refused."""

    id: int
    suite: str
    decision: str
    queued: Queued
    status: str
    at: float
    why: str = ""


def storable(text: str) -> str:
    """Returns a text without what no store takes: halves of letters, and NUL.

    Bytes of a command line that are no UTF-8 come as such halves.
    """
    return text.encode("utf-8", "replace").decode().replace("\0", "")
