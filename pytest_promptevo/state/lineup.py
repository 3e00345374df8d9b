"""The arms of a suite that share its traffic, and the allocations that a store has for them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.json_parts import bounded
from pytest_promptevo.errors import PromptEvoError, StateError
from pytest_promptevo.rollout import ROLLED_BACK, Allocation, Prior, Progress, RolloutSettings
from pytest_promptevo.state.records import LARGEST_TEXT, AllocationRow, RolloutRow

if TYPE_CHECKING:
    from collections.abc import Mapping

_BAD = (
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
    PromptEvoError,
)
"""What reading data raises that is not as it was written."""


@dataclass(frozen=True)
class Lineup:
    """The arms of a suite, as a lock has them.

    Attributes:
        suite: Name of the suite.
        key: Digest (8 hex digits) of the arms and of all that their evidence depends on:
            processes with different locks share a store and not a rollout.
        control: Id of the locked genome's arm.
        candidates: Ids of the candidates' arms, in the order of the lock.
        priors: What is known of the arms beforehand.
        settings: How the rollout goes.
    """

    suite: str
    key: str
    control: str
    candidates: tuple[str, ...] = ()
    priors: Mapping[str, Prior] = field(default_factory=dict)
    settings: RolloutSettings = field(default_factory=RolloutSettings)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, the control last."""
        return (*self.candidates, self.control)

    def allocation(self, row: AllocationRow) -> Allocation:
        """Returns what a store's row says.

        Raises:
            StateError: if it is no allocation of these arms.
        """
        try:
            weights = {_arm(name): _share(share) for name, share in bounded(row.weights)}
            found = Allocation(_number(row.version), _number(row.stage), weights, str(row.why))
        except _BAD as exc:
            raise StateError(f"an allocation of {self.suite} cannot be read: {exc}") from None
        stages = range(ROLLED_BACK, len(self.settings.stages))
        if not set(weights) <= set(self.arms) or list(weights)[-1] != self.control:
            raise StateError(f"an allocation of {self.suite} is not one of its arms")
        if found.version < 1 or found.stage not in stages:
            raise StateError(f"an allocation of {self.suite} has no such stage or number")
        return found

    def progress(self, text: str) -> Progress:
        """Returns the progress that a store's text says.

        Raises:
            StateError: if it is no progress of these arms.
        """
        try:
            found = Progress.from_plain(bounded(text))
            fits = tuple(found.arms) == self.arms and found.control == self.control
        except _BAD as exc:
            raise StateError(f"the progress of {self.suite} cannot be read: {exc}") from None
        if not fits:
            raise StateError(f"the progress of {self.suite} is not one of its arms")
        return found


def allocation_row(allocation: Allocation, seq: int) -> AllocationRow:
    """Returns an allocation as a store keeps it."""
    plain = allocation.to_plain()
    weights = json.dumps(plain["weights"])
    return AllocationRow(allocation.version, seq, allocation.stage, weights, allocation.why)


def rollout_row(progress: Progress, seq: int, *, since: RolloutRow | None = None) -> RolloutRow:
    """Returns a progress as a store keeps it.

    Args:
        progress: The progress.
        seq: Number of the last outcome that it takes into account.
        since: The row before; None where the rollout begins.
    """
    text = json.dumps(progress.to_plain(), allow_nan=False)
    if since is None:
        return RolloutRow(seq, progress.version, seq, text, text)
    return replace(since, seq=seq, progress=text)


def _arm(name: Any) -> str:
    if not isinstance(name, str) or len(name) > LARGEST_TEXT:
        raise TypeError("an arm has a text as its id")
    return name


def _share(share: Any) -> float:
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not math.isfinite(share):
        raise TypeError("a share is a number")
    return float(share)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("it is numbered by whole numbers")
    return value
