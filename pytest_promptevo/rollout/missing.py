"""Missing reports: an arm that is reported less often cannot be compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_APART = 0.1
"""Difference of report shares above which nothing can be concluded."""


@dataclass(frozen=True, slots=True)
class Reports:
    """How many choices of an arm were reported.

    Attributes:
        chosen: How often it was chosen.
        reported: How many of these choices have an outcome.
    """

    chosen: int
    reported: int

    @property
    def share(self) -> float:
        """The share of choices with an outcome; 1 where nothing was chosen."""
        return min(self.reported / self.chosen, 1.0) if self.chosen else 1.0


def is_inconclusive(arm: Reports | None, control: Reports | None) -> bool:
    """Whether report shares differ by more than 10 points, and by more than chance explains."""
    if arm is None or control is None or not (arm.chosen and control.chosen):
        return False
    apart = abs(arm.share - control.share)
    shared = (arm.reported + control.reported) / (arm.chosen + control.chosen)
    shared = min(shared, 1.0)
    error = math.sqrt(shared * (1 - shared) * (1 / arm.chosen + 1 / control.chosen))
    return apart > MOST_APART and apart > 2 * error
