"""One reported outcome, the only thing that evidence is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_promptevo.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reported outcome that is evidence.

    Duplicates, foreign arms and later outcomes of a unit are left out before.

    Attributes:
        arm: Id of the arm that was chosen.
        version: Number of the allocation under which it was chosen.
        reward: How good it was, in [0, 1].
        error: Whether the answer was invalid.
        latency_ms: How long the answer took, where it is known.
        tokens: How many tokens request and answer took, where it is known.
        seq: Its place in the log.

    Raises:
        SettingsError: If a number is out of range.
    """

    arm: str
    version: int
    reward: float
    error: bool = False
    latency_ms: float | None = None
    tokens: float | None = None
    seq: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.reward <= 1:
            raise SettingsError(f"the reward must be between 0 and 1, not {self.reward}")
        for name, value in (("latency_ms", self.latency_ms), ("tokens", self.tokens)):
            if value is not None and not 0 <= value < math.inf:
                raise SettingsError(f"{name} must be a finite number from 0 on, not {value}")
