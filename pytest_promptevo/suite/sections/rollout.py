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


def _told(text: str, **limits: Any) -> Any:
    """A field; its limits are what editors tell, and `RolloutSettings` is what refuses."""
    return Field(default=None, description=text, json_schema_extra=limits or None)


_SHARE = {"exclusiveMinimum": 0, "exclusiveMaximum": 1}
_SHARES = {"minItems": 1, "items": {"exclusiveMinimum": 0, "maximum": 1}}


class RolloutPart(Strict):
    """What differs from the defaults (see `RolloutSettings`)."""

    stages: ListOf[float] | None = _told(
        "Most traffic of all candidates, stage by stage.", **_SHARES
    )
    control: float | None = _told(
        "Least share of the locked genome at the last stage.", minimum=0, exclusiveMaximum=1
    )
    margin: float | None = _told(
        "A candidate is fine if its reward is not lower by this much.", **_SHARE
    )
    alpha: float | None = _told("Chance that any candidate that is no worse is dropped.", **_SHARE)
    advance_at: float | None = _told(
        "Evidence that a candidate is fine, to leave a stage.", exclusiveMinimum=1
    )
    risk: float | None = _told(
        "Chance that one worse by the margin reaches the last stage.", **_SHARE
    )
    min_outcomes: int | None = _told("Outcomes that the leader needs in a stage.", minimum=1)
    half_life: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Outcomes after which an outcome counts half for the shares.",
        json_schema_extra={"minimum": 1},
    )
    posterior: Literal["normal", "beta"] | None = _told("What is believed about mean rewards.")

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
