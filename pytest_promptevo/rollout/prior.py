"""What is believed about an arm before its first outcome."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_promptevo.errors import SettingsError

MOST = 20.0
"""Most outcomes that the offline figure may count for: production decides soon."""


@dataclass(frozen=True)
class Prior:
    """What the offline figure says about an arm.

    Attributes:
        mean: Expected reward, in [0, 1].
        count: How many outcomes that is worth, at most 20 of which are believed.

    Raises:
        SettingsError: If a number is out of range.
    """

    mean: float = 0.5
    count: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.mean <= 1:
            raise SettingsError(f"the mean of a prior must be between 0 and 1, not {self.mean}")
        if not self.count > 0:
            raise SettingsError(f"the count of a prior must be above 0, not {self.count}")

    @property
    def believed(self) -> float:
        """How many outcomes it counts for."""
        return min(self.count, MOST)
