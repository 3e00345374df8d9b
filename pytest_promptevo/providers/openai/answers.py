"""What an OpenAI-compatible server answers, as far as it matters."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, JsonValue, WrapValidator

from pytest_promptevo.providers.http.answers import Answer, Milliseconds, Tokens, understood
from pytest_promptevo.providers.http.faults import Fault


def _or_none(value: Any, check: Any) -> Any:
    """Leaves out a figure that is told for the user's information alone, where it is wrong."""
    try:
        return check(value)
    except ValueError:
        return None


class _Message(Answer):
    content: str | None = None


class _Choice(Answer):
    message: _Message
    finish_reason: str | None = None


class _Details(Answer):
    cached_tokens: Annotated[Tokens | None, WrapValidator(_or_none)] = None


class _Usage(Answer):
    prompt_tokens: Tokens | None = None
    completion_tokens: Tokens | None = None
    prompt_tokens_details: Annotated[_Details | None, WrapValidator(_or_none)] = None


class _Timings(Answer):
    prompt_ms: Milliseconds | None = None
    predicted_ms: Milliseconds | None = None


class Chat(Answer):
    """An answer to a chat."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None
    timings: _Timings | None = None

    @property
    def cached_tokens(self) -> int | None:
        """Tokens of the prompt that were cached, from a server that tells it."""
        details = self.usage.prompt_tokens_details if self.usage else None
        return details.cached_tokens if details else None


class Model(Answer):
    """What a server tells of a model."""

    id: str
    root: JsonValue = None
    parent: JsonValue = None
    meta: JsonValue = None

    def told(self) -> dict[str, Any]:
        """Returns what the server tells and does not change by itself."""
        told = {name: value for name, value in self if name != "id" and value}
        if isinstance(told.get("meta"), dict):
            told["meta"] = {key: told["meta"][key] for key in told["meta"] if key != "n_ctx"}
        return told


class _Models(Answer):
    data: list[Any] | None = None


class _Slots(Answer):
    total_slots: Annotated[int, Field(ge=1, le=4096)]


def models_of(answer: Any) -> dict[str, Model]:
    """Returns id to model; entries that are none are left out.

    Raises:
        Fault: if the answer lists nothing in the way of the interface.
    """
    found = {}
    for entry in understood(_Models, answer).data or []:
        try:
            model = understood(Model, entry)
        except Fault:
            continue
        found[model.id] = model
    return found


def slots_of(answer: Any) -> int:
    """Returns how many requests a server of llama.cpp works on at once; 1 if it is none."""
    try:
        return understood(_Slots, answer).total_slots
    except Fault:
        return 1
