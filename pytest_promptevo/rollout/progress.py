"""The whole state of a suite's rollout, as plain data and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pytest_promptevo.rollout.baseline import Baseline
from pytest_promptevo.rollout.evidence import Evidence
from pytest_promptevo.rollout.prior import Prior
from pytest_promptevo.rollout.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.rollout.allocation import Allocation

Role = Literal["control", "candidate"]
Status = Literal["live", "dropped", "retired"]
Kind = Literal["started", "stage", "dropped", "retired", "rolled back"]


@dataclass(frozen=True)
class ArmState:
    """What is known about an arm.

    Attributes:
        role: Whether it is the locked genome or a candidate.
        status: Whether it gets traffic; dropped: it was worse, retired: another one is better.
        prior: What was believed before.
        tally: Sums over its rewards.
        in_stage: Number of its outcomes by the stage under which it was chosen.
        guards: Evidence by name (`guard.ALPHA_SPLIT`, `guard.FINE`); empty for the control.
        why: Why it has its status.
    """

    role: Role
    status: Status = "live"
    prior: Prior = field(default_factory=Prior)
    tally: Tally = field(default_factory=Tally)
    in_stage: tuple[int, ...] = ()
    guards: Mapping[str, Evidence] = field(default_factory=dict)
    why: str = ""

    def to_plain(self) -> dict[str, Any]:
        """Returns JSON-able data."""
        return {
            "role": self.role,
            "status": self.status,
            "prior": [self.prior.mean, self.prior.count],
            "tally": self.tally.to_plain(),
            "in_stage": list(self.in_stage),
            "guards": {name: evidence.to_plain() for name, evidence in self.guards.items()},
            "why": self.why,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> ArmState:
        """Returns the state that `to_plain` was called of."""
        mean, count = plain["prior"]
        return cls(
            role=plain["role"],
            status=plain["status"],
            prior=Prior(float(mean), float(count)),
            tally=Tally.from_plain(plain["tally"]),
            in_stage=tuple(plain["in_stage"]),
            guards={name: Evidence.from_plain(each) for name, each in plain["guards"].items()},
            why=plain["why"],
        )


@dataclass(frozen=True)
class Progress:
    """The whole state of one suite's rollout.

    Attributes:
        control: Id of the locked genome's arm.
        arms: What is known by arm id: the candidates in a fixed order, the control last.
        stage: Index into the settings' stages; -1: rolled back.
        version: Number of the present allocation.
        n: How many outcomes were taken into account.
        seq: The highest place in the log among them.
        baseline: What the control did lately, which candidates are compared with.
    """

    control: str
    arms: Mapping[str, ArmState]
    stage: int
    version: int
    n: int = 0
    seq: int = 0
    baseline: Baseline = field(default_factory=Baseline)

    @property
    def live(self) -> tuple[str, ...]:
        """The candidates that get traffic, in their fixed order."""
        return tuple(
            arm
            for arm, state in self.arms.items()
            if state.role == "candidate" and state.status == "live"
        )

    def to_plain(self) -> dict[str, Any]:
        """Returns JSON-able data; the order of the arms is kept whatever happens to keys."""
        return {
            "control": self.control,
            "arms": [[arm, state.to_plain()] for arm, state in self.arms.items()],
            "stage": self.stage,
            "version": self.version,
            "n": self.n,
            "seq": self.seq,
            "baseline": self.baseline.to_plain(),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Progress:
        """Returns the progress that `to_plain` was called of."""
        return cls(
            control=plain["control"],
            arms={arm: ArmState.from_plain(state) for arm, state in plain["arms"]},
            stage=plain["stage"],
            version=plain["version"],
            n=plain["n"],
            seq=plain["seq"],
            baseline=Baseline.from_plain(plain["baseline"]),
        )


@dataclass(frozen=True)
class Event:
    """Something that a person may want to hear of.

    Attributes:
        kind: What happened.
        arm: The arm that it happened to, or which decided.
        why: One sentence for a person.
        guard: Which evidence dropped an arm (`guard.ALPHA_SPLIT`), or nothing.
    """

    kind: Kind
    arm: str
    why: str
    guard: str = ""


@dataclass(frozen=True)
class Step:
    """What one step brings.

    Attributes:
        progress: The new state.
        allocation: A new one, if shares or stage changed.
        events: What happened, in order.
    """

    progress: Progress
    allocation: Allocation | None
    events: tuple[Event, ...] = ()
