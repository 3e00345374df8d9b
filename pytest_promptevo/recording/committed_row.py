"""A line of committed recordings: one answer, as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from typing import Annotated, Any, Literal, cast

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import NotRequired, TypedDict

from pytest_promptevo.base.json_parts import MOST_PARTS, has_too_many_parts
from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import conflict_marker
from pytest_promptevo.recording.record import Recording

_Count = Annotated[int, Field(ge=0)]


# Unknown keys are told afterwards.
@with_config(ConfigDict(extra="allow", strict=True, allow_inf_nan=False))
class _Row(TypedDict):
    example: str
    golden: NotRequired[str]
    draw: NotRequired[_Count]
    judge: NotRequired[Literal[True]]
    attempt: _Count
    text: str
    finish: Literal["stop", "length"]
    max_tokens: _Count | None
    prompt_tokens: _Count
    completion_tokens: _Count
    latency_ms: Annotated[float, Field(ge=0)]
    cached_tokens: NotRequired[_Count | None]
    prompt_ms: NotRequired[Annotated[float, Field(ge=0)] | None]
    key: str
    messages: str
    params: str
    model: str


_ROW = TypeAdapter(_Row)
_KEYS = frozenset(_Row.__annotations__)
_MANY = 1_000
"""Commas from which on a row's shape is looked at first: of each error pydantic keeps kilobytes."""
_NEWER = ("cached_tokens", "prompt_ms")
"""What older files do not have, and a row leaves out where it is unknown."""

_RECORDING_FIELDS = tuple(each.name for each in fields(Recording))


def parsed_row(text: str) -> dict[str, Any]:
    """Returns what a line says: the fields of a recording, and what it is the answer to.

    Raises:
        ValueError: saying what is wrong with it.
    """
    if marker := conflict_marker(text):
        raise ValueError(f"merge-conflict marker {marker!r}")
    if has_too_many_parts(text):
        raise ValueError(f"not a recording: more than {MOST_PARTS:,} values")
    if text.count(",") > _MANY and (why := _misshapen(text)):
        raise ValueError(f"not a recording: {why}")
    try:
        row: dict[str, Any] = cast("dict[str, Any]", _ROW.validate_json(text))
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        told = [part for part in ("not a recording", where, first["msg"]) if part]
        raise ValueError(": ".join(told)) from None
    if not row.keys() <= _KEYS:
        unknown = next(key for key in row if key not in _KEYS)
        raise ValueError(f"not a recording: {_unknown(unknown)}")
    return row


def recording_of(row: dict[str, Any]) -> Recording:
    """Returns the recording of a row; what most rows have in common is kept once."""
    row["params"], row["model"] = sys.intern(row["params"]), sys.intern(row["model"])
    return Recording(**row)


def _misshapen(text: str) -> str:
    """Returns why the values of a line cannot be those of a row, without looking at each."""
    try:  # objects are tuples of pairs, and numbers do not matter
        pairs = json.loads(text, object_pairs_hook=tuple, parse_int=len, parse_float=len)
    except (ValueError, RecursionError):
        return ""  # what is wrong with it is told where it is read as a row
    if not isinstance(pairs, tuple):
        return "should be an object"
    for key, value in pairs:
        if key not in _KEYS:
            return _unknown(key)
        if isinstance(value, (tuple, list)):
            return f"{key}: should be no list or object"
    return f"more than {len(_KEYS)} keys" if len(pairs) > len(_KEYS) else ""


def _unknown(key: str) -> str:
    return f"unknown key {shorten(repr(key), 60)}"


def row_text(told: dict[str, Any], draw: int, recording: Recording) -> str:
    """Returns the line of an answer.

    Args:
        told: What it is the answer to.
        draw: Number of the draw.
        recording: The answer.
    """
    values = {name: getattr(recording, name) for name in _RECORDING_FIELDS} | told
    if draw:
        values["draw"] = draw
    ordered = {
        name: values[name]
        for name in _Row.__annotations__
        if name in values and (values[name] is not None or name not in _NEWER)
    }
    return json.dumps(ordered, ensure_ascii=False)
