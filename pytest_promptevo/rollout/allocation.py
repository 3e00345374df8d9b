"""An allocation: which share of the traffic each arm gets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLLED_BACK = -1
"""The stage at which the control gets everything, for good."""


@dataclass(frozen=True)
class Allocation:
    """Which share of the traffic each arm gets.

    Attributes:
        version: Its number; later allocations have higher ones.
        stage: Index into the settings' stages; -1: rolled back.
        weights: Share by arm id, in a fixed order with the control last; they sum to 1.
        why: One sentence for a person.

    Raises:
        SettingsError: If the weights are no shares.
    """

    version: int
    stage: int
    weights: Mapping[str, float]
    why: str = ""

    def __post_init__(self) -> None:
        shares = self.weights.values()
        total = math.fsum(shares)
        if not shares or min(shares) < 0 or not math.isclose(total, 1, abs_tol=1e-6):
            raise SettingsError(f"shares of arms must sum to 1, not {total:g}, and none below 0")

    def arm_for(self, point: float) -> str:
        """Returns the arm of a point in [0, 1).

        Shares lie side by side with the control at the upper end, so that a single candidate
        whose share grows takes points from the control and gives none back.
        """
        below = 0.0
        arm = ""
        for arm, share in self.weights.items():
            below += share
            if point < below:
                return arm
        return arm

    def to_plain(self) -> dict[str, Any]:
        """Returns JSON-able data; the order of the arms is kept whatever happens to keys."""
        return {
            "version": self.version,
            "stage": self.stage,
            "weights": [[arm, share] for arm, share in self.weights.items()],
            "why": self.why,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Allocation:
        """Returns the allocation that `to_plain` was called of."""
        weights = {arm: float(share) for arm, share in plain["weights"]}
        return cls(plain["version"], plain["stage"], weights, plain["why"])
