"""The suite file as it is written: keys, types and defaults."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from pytest_promptevo.base.schema import DictOf, ListOf, Strict, at_most
from pytest_promptevo.fitness.objectives import MOST
from pytest_promptevo.suite.sections.rollout import RolloutPart

MOST_REPEATS = 100
"""Most draws of an example."""

MOST_MODELS = 100
"""Most model roles: every test of an example looks at each."""

MOST_SCORERS = 100
"""Most scorers: every example is judged by each."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}$"
"""What the name of a suite looks like."""


def remedy(name: str, found: Any) -> str:
    """Returns how a part of the file is written that does not fit; nothing where that is plain."""
    given = found if isinstance(found, str) else ""
    if name == "models" and not (isinstance(found, dict) and found):
        return f'name a role: models: {{primary: "{given or "embedded:smollm2-135m-instruct"}"}}'
    if name == "scorers" and not (isinstance(found, list) and found):
        return f"scorers are a list: scorers: [{given or 'contains'}]"
    if name == "target":
        module, dot, function = given.rpartition(".")
        example = f"{module}:{function}" if dot and ":" not in given else "app:reply"
        return f"module:function, such as target: {example}"
    if name == "suite":
        return "1 to 80 letters, digits and _ . -, the first a letter or digit"
    return ""


class PromptSpec(Strict):
    """``prompt:`` the texts with ``{{name}}`` placeholders."""

    user: str = Field(min_length=1)
    system: str = ""


class OutputPart(Strict):
    """``output:`` what a valid answer is."""

    format: Literal["text", "label", "json"] = "text"
    labels: ListOf[str] = []
    json_schema: dict[str, Any] | str | None = Field(default=None, alias="schema")
    max_repairs: int = Field(default=2, ge=0, le=10)
    constrain: bool = False


Bounded = Annotated[float, Field(ge=-MOST, le=MOST)]


class ObjectivePart(Strict):
    """One objective: its weight and its hard limits."""

    weight: Bounded | None = None
    min: Bounded | None = None
    max: Bounded | None = None
    p95_max: Bounded | None = None


class ObjectivesPart(Strict):
    """``objectives:`` what counts: what is not listed does not (but for quality)."""

    quality: ObjectivePart = ObjectivePart()
    latency_ms: ObjectivePart = ObjectivePart()
    tokens: ObjectivePart = ObjectivePart()
    repairs: ObjectivePart = ObjectivePart()


class SuiteSpec(Strict):
    """The whole file."""

    suite: str | None = Field(default=None, pattern=NAME)
    golden: str | list[Any]
    models: Annotated[DictOf[str, str], at_most(MOST_MODELS)] = Field(min_length=1)
    prompt: PromptSpec | None = None
    target: str | None = Field(default=None, pattern=r"^[\w.]+:[\w.]+$")
    genome: dict[str, Any] = {}
    search: dict[str, Any] = {}
    output: OutputPart = OutputPart()
    scorers: Annotated[ListOf[str | dict[str, Any]], at_most(MOST_SCORERS)] = Field(min_length=1)
    objectives: ObjectivesPart = ObjectivesPart()
    threshold: Bounded
    pass_mark: float = Field(default=1.0, ge=1e-6, le=1)
    repeats: int = Field(default=1, ge=1, le=MOST_REPEATS)
    draft: bool = False
    scorer_check: bool = True
    rollout: RolloutPart = RolloutPart()

    @field_validator("prompt", mode="before")
    @classmethod
    def _text_is_user_turn(cls, value: Any) -> Any:
        return {"user": value} if isinstance(value, str) else value
