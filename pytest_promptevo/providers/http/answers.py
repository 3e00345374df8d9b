"""What a server answers, as far as it is believed: JSON of bearable shape, possible figures."""

from __future__ import annotations

import json
from math import isfinite
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pytest_promptevo.base.json_parts import MOST_PARTS, has_too_many_parts
from pytest_promptevo.providers.http.faults import Fault

_DEEPEST = 64

Tokens = Annotated[int, Field(strict=True, ge=0, le=10**9)]
"""A count of tokens."""

Milliseconds = Annotated[float, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)]
"""A time that a call may take (eleven days at most)."""

Nanoseconds = Annotated[int, Field(strict=True, ge=0, le=10**15)]
"""The same, as Ollama tells it."""


class Answer(BaseModel):
    """A part of an answer: values are not converted, what nobody needs is not looked at."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, protected_namespaces=())


AnswerT = TypeVar("AnswerT", bound=Answer)


def read_json(data: bytes) -> Any:
    """Returns the value of a JSON text.

    Raises:
        Fault: if it is none, is nested more than 64 deep, has numbers that no number holds, or
            more values than memory should.
    """
    if has_too_many_parts(data):
        raise Fault(f"an answer of more than {MOST_PARTS:,} values")
    try:
        value = json.loads(data, parse_float=_finite, parse_constant=_refuse)
        shallow = not _is_deeper(value, _DEEPEST)
    except (ValueError, RecursionError):
        raise Fault("an answer that makes no sense (no JSON)") from None
    if not shallow:
        raise Fault(f"an answer that makes no sense (nested more than {_DEEPEST} deep)")
    return value


def understood(model: type[AnswerT], value: Any) -> AnswerT:
    """Returns an answer in the terms of a model.

    Raises:
        Fault: if a field is missing or impossible; it is named, its value is not shown.
    """
    try:
        return model.model_validate(value)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        # The names are the model's own: of foreign keys none is looked at.
        where = ".".join(map(str, first["loc"])) or "the answer"
        why = "is missing" if first["type"] == "missing" else "is impossible"
        raise Fault(f"an answer that makes no sense ({where} {why})") from None


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number


def _refuse(_text: str) -> NoReturn:
    raise ValueError


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        inner: list[Any] = []
        for part in layer:
            if isinstance(part, dict):
                inner.extend(part.values())
            elif isinstance(part, list):
                inner.extend(part)
        layer = inner
    return bool(layer)
