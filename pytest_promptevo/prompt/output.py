"""From a raw answer to a validated output; what can be mended without asking again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.json_parts import MOST_PARTS, has_too_many_parts
from pytest_promptevo.base.schema import Strict
from pytest_promptevo.prompt.json_schema import compiled
from pytest_promptevo.prompt.template import COT_MARK

if TYPE_CHECKING:
    from collections.abc import Callable

Format = Literal["text", "label", "json"]

_FENCE = re.compile(r"```[A-Za-z]*\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
_MOST_SEARCHED = 20_000_000
"""Characters that are gone through for labels, all labels together: a second or two."""

_EDGE = " \t\r\n.,;:!?\"'`*()[]"


class OutputSpec(Strict):
    """What a valid output is, in a suite and in the lock.

    Attributes:
        format: ``text``, ``label`` or ``json``.
        labels: The labels that may be answered (format ``label``).
        json_schema: JSON Schema of the answer (format ``json``); ``schema`` in files.
        max_repairs: How often the model is asked again about an invalid output.
        constrain: Whether the engine shall be held to the schema while it generates.
    """

    format: Format = "text"
    labels: list[str] = []
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    max_repairs: int = Field(default=2, ge=0, le=10)
    constrain: bool = False

    @cached_property
    def check(self) -> Callable[[Any], str]:
        """Returns what is wrong with JSON data, or an empty text.

        Raises:
            ValueError: if the schema itself is wrong.
        """
        if self.json_schema is None:
            return lambda _data: ""
        return compiled(canonical_json(self.json_schema))

    @cached_property
    def by_name(self) -> dict[str, str]:
        """The labels by what is compared."""
        return {label.casefold(): label for label in self.labels}

    @cached_property
    def no_label(self) -> str:
        """What is wrong with an answer that is no label: one text, for it may be a long one."""
        return f"the answer must be one of: {', '.join(self.labels)}"

    def plain(self) -> dict[str, Any]:
        """Returns plain data in the order of the lock; defaults but for two are left out."""
        told = self.model_dump(by_alias=True, exclude_defaults=True)
        told |= {"format": self.format, "max_repairs": self.max_repairs}
        names = ("format", "labels", "schema", "max_repairs", "constrain")
        return {name: told[name] for name in names if name in told}


@dataclass(frozen=True)
class Output:
    """A parsed answer.

    Attributes:
        text: The answer (after ``Answer:`` where the model was to think first).
        data: The parsed JSON value, the label, or the text.
        valid: Whether it fits the output's format.
        mended: 1 if it had to be mended to be valid (a code fence stripped, ...), else 0.
        problem: What is wrong with an invalid output.
    """

    text: str
    data: Any = None
    valid: bool = True
    mended: int = 0
    problem: str = ""


def parse(spec: OutputSpec, raw: str, *, cot: bool = False) -> Output:
    """Parses a raw answer."""
    text = raw.strip()
    if cot and COT_MARK in text:
        text = text.rpartition(COT_MARK)[2].strip()
    if not text:
        return Output(text, valid=False, problem="the answer is empty")
    if spec.format == "json":
        return _json(spec, text)
    if spec.format == "label":
        return _label(spec, text)
    return Output(text, text)


def _label(spec: OutputSpec, text: str) -> Output:
    by_name = spec.by_name
    lower = text.casefold()
    for plain in (lower, lower.strip(_EDGE)):
        if plain in by_name:
            return Output(text, by_name[plain])
    if len(text) * len(by_name) > _MOST_SEARCHED:
        return Output(text, valid=False, problem="the answer is too long for a label")
    named = [
        label
        for name, label in by_name.items()
        if name in lower and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", lower)
    ]
    if len(named) == 1:
        return Output(text, named[0], mended=1)
    return Output(text, valid=False, problem=spec.no_label)


def _json(spec: OutputSpec, text: str) -> Output:
    if has_too_many_parts(text):
        return Output(text, valid=False, problem=f"it holds more than {MOST_PARTS:,} values")
    problem = "the answer is not JSON"
    for mended, candidate in enumerate(_candidates(text)):
        try:
            data = json.loads(candidate, parse_constant=_reject)
        except (ValueError, RecursionError) as exc:
            if not mended:
                problem = f"the answer is not JSON: {exc}"
            continue
        wrong = spec.check(data)
        if not wrong:
            return Output(text, data, mended=min(mended, 1))
        problem = wrong
    return Output(text, valid=False, problem=problem)


def _reject(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _candidates(text: str) -> list[str]:
    """Returns the text as it is, then without a code fence, then its first JSON object."""
    made = [text]
    if fence := _FENCE.search(text):
        made.append(fence[1].strip())
    for opening, closing in (("{", "}"), ("[", "]")):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            made.append(text[start : end + 1])
    if (start := text.find("{")) >= 0 and (first := _first_object(text[start:])):
        made.append(first)
    return list(dict.fromkeys(made))


def _first_object(text: str) -> str:
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return ""
    return text[:end]
