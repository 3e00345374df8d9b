"""``rollout:`` of a suite file, which the lock repeats: how traffic moves to candidates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from pytest_promptevo.base.schema import ListOf, Strict
from pytest_promptevo.rollout.settings import RolloutSettings

MOST_CANDIDATES = 3
"""Most genomes beside the locked one."""

_DEFAULTS = asdict(RolloutSettings())


class RolloutPart(Strict):
    """What differs from the defaults (see `RolloutSettings`)."""

    stages: ListOf[float] | None = None
    control: float | None = None
    margin: float | None = None
    alpha: float | None = None
    advance_at: float | None = None
    risk: float | None = None
    min_outcomes: int | None = None
    half_life: float | None = Field(default=None, allow_inf_nan=False)
    posterior: Literal["normal", "beta"] | None = None

    @field_validator("*")
    @classmethod
    def _makes_sense(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.field_name:
            RolloutSettings(**{info.field_name: _tuple(value)})
        return value

    @classmethod
    def of(cls, settings: RolloutSettings) -> RolloutPart:
        """Returns settings without what is the default."""
        told = asdict(settings)
        kept = {name: value for name, value in told.items() if value != _DEFAULTS[name]}
        return cls(**{name: _list(value) for name, value in kept.items()})

    def settings(self) -> RolloutSettings:
        """Returns the settings, defaults included."""
        told = {name: _tuple(value) for name, value in self.model_dump(exclude_none=True).items()}
        return RolloutSettings(**told)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
