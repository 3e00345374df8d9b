"""How a rollout goes, as the lock says it under ``rollout:``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pytest_promptevo.errors import SettingsError


@dataclass(frozen=True)
class RolloutSettings:
    """How a rollout goes; the lock leaves defaults out.

    Attributes:
        stages: Most of the traffic that all candidates get together, stage by stage.
        control: Least share of the locked genome at the last stage.
        margin: A candidate is fine if its mean reward is not lower by this much.
        alpha: Chance that any candidate that is no worse is dropped.
        advance_at: Wealth of the evidence that a candidate is fine, to leave a stage.
        risk: Chance that a candidate which is worse by the margin leads into the last stage.
        min_outcomes: Outcomes that the leader needs in a stage before the next one.
        half_life: Outcomes (of all arms) after which an outcome counts half for the weights;
            infinite: never.
        posterior: What is believed about mean rewards: ``normal`` or ``beta``.

    Raises:
        SettingsError: If a value makes no sense.
    """

    stages: tuple[float, ...] = (0.1, 0.5, 1.0)
    control: float = 0.05
    margin: float = 0.05
    alpha: float = 0.05
    advance_at: float = 5.0
    risk: float = 0.03
    min_outcomes: int = 50
    half_life: float = 10_000
    posterior: Literal["normal", "beta"] = "normal"

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in zip(self.stages, self.stages[1:], strict=False))
        if not self.stages or not rising or not 0 < self.stages[0] <= self.stages[-1] <= 1:
            raise SettingsError(f"stages must rise between 0 and 1, not {list(self.stages)}")
        _check("control", self.control, 0 <= self.control < 1, "at least 0 and below 1")
        _check("margin", self.margin, 0 < self.margin < 1, "between 0 and 1")
        _check("alpha", self.alpha, 0 < self.alpha < 1, "between 0 and 1")
        _check("advance_at", self.advance_at, 1 < self.advance_at < math.inf, "above 1")
        _check("risk", self.risk, 0 < self.risk < 1, "between 0 and 1")
        _check("min_outcomes", self.min_outcomes, self.min_outcomes >= 1, "at least 1")
        _check("half_life", self.half_life, self.half_life >= 1, "at least 1")
        if self.posterior not in ("normal", "beta"):
            raise SettingsError(f"posterior must be normal or beta, not {self.posterior!r}")


def _check(name: str, value: float, is_fine: bool, wanted: str) -> None:
    if not is_fine:
        raise SettingsError(f"{name} must be {wanted}, not {value}")
