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

MOST_TAGS = 100
"""Most tags with a limit: each looks at all of its examples."""

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

    user: str = Field(min_length=1, description="The user turn; {{name}} is a gene or an input.")
    system: str = Field(default="", description="The system turn; a blank one is left out.")


class OutputPart(Strict):
    """``output:`` what a valid answer is."""

    format: Literal["text", "label", "json"] = Field(
        default="text", description="text, label (one of labels) or json."
    )
    labels: ListOf[str] = Field(default=[], description="The answers that format label allows.")
    json_schema: dict[str, Any] | str | None = Field(
        default=None,
        alias="schema",
        description="JSON Schema of format json, or a file with one, from the suite file.",
    )
    max_repairs: int = Field(
        default=2, ge=0, le=10, description="How often the model is asked again if it is invalid."
    )
    constrain: bool = Field(
        default=False, description="Whether the schema is sent along, which holds the engine to it."
    )


Bounded = Annotated[float, Field(ge=-MOST, le=MOST)]


class ObjectivePart(Strict):
    """One objective: its weight and its hard limits."""

    weight: Bounded | None = Field(
        default=None, description="Its weight in fitness: above 0 for quality, below 0 for costs."
    )
    min: Bounded | None = Field(default=None, description="Hard limit: least mean of the suite.")
    max: Bounded | None = Field(default=None, description="Hard limit: largest mean of the suite.")
    p95_max: Bounded | None = Field(
        default=None, description="Hard limit: largest 95th percentile of the suite."
    )


def _objective(text: str) -> Any:
    return Field(default=ObjectivePart(), description=text)


class ObjectivesPart(Strict):
    """``objectives:`` what counts: what is not listed does not (but for quality)."""

    quality: ObjectivePart = _objective("What the scorers say, from 0 to 1 (default weight 1).")
    latency_ms: ObjectivePart = _objective("Milliseconds of the engine (default weight -0.001).")
    tokens: ObjectivePart = _objective("Prompt and completion tokens (default weight -0.0005).")
    repairs: ObjectivePart = _objective("Rounds until the output is valid (default weight -0.2).")


class TagPart(Strict):
    """What holds for the golden examples with one tag."""

    min: float = Field(ge=0, le=1, description="Hard limit: least mean quality of its examples.")


class SuiteSpec(Strict):
    """The whole file."""

    suite: str | None = Field(
        default=None, pattern=NAME, description="Unique name; the file's stem if left out."
    )
    golden: str | list[Any] = Field(
        description="Golden examples: a .jsonl, .json, .csv or .yaml file, from the suite file; "
        "or a list."
    )
    models: Annotated[DictOf[str, str], at_most(MOST_MODELS)] = Field(
        min_length=1,
        description="Role to model: embedded:NAME, gguf:FILE, ollama:NAME, openai:NAME.",
    )
    prompt: PromptSpec | None = Field(
        default=None, description="The user turn as a text, or {system, user}."
    )
    target: str | None = Field(
        default=None,
        pattern=r"^[\w.]+:[\w.]+$",
        description="module:function, your own code that does the asking, instead of prompt.",
    )
    genome: dict[str, Any] = Field(
        default={}, description="What ships before any evolution: gene to value."
    )
    search: dict[str, Any] = Field(
        default={}, description="What --evolve may change: gene to values."
    )
    output: OutputPart = Field(default=OutputPart(), description="What a valid answer is.")
    scorers: Annotated[ListOf[str | dict[str, Any]], at_most(MOST_SCORERS)] = Field(
        min_length=1,
        description="How quality is measured: names, or one name with its options and weight.",
    )
    objectives: ObjectivesPart = Field(
        default=ObjectivesPart(),
        description="What counts: quality always, costs that are listed; all four if left out.",
    )
    threshold: Bounded = Field(description="Least mean fitness of the suite.")
    tags: Annotated[DictOf[str, TagPart], at_most(MOST_TAGS)] = Field(
        default={}, description="Tag of golden examples to what must hold for them: {min: 0.9}."
    )
    pass_mark: float = Field(
        default=1.0, ge=1e-6, le=1, description="Least quality of an example that passes."
    )
    repeats: int = Field(
        default=1,
        ge=1,
        le=MOST_REPEATS,
        description="How often an example is drawn, at a temperature above 0.",
    )
    draft: bool = Field(
        default=False, description="Failures are expected until the suite has a lock entry."
    )
    scorer_check: bool = Field(
        default=True, description="Whether the scorers are tested before the suite is judged."
    )
    rollout: RolloutPart = Field(
        default=RolloutPart(), description="How production moves traffic to candidates."
    )

    @field_validator("prompt", mode="before")
    @classmethod
    def _text_is_user_turn(cls, value: Any) -> Any:
        return {"user": value} if isinstance(value, str) else value
