"""Loading YAML with the line of each part."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from pytest_promptevo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Path_ = tuple["str | int", ...]

_INT = re.compile(r"-?(0|[1-9][0-9]{0,4299})\Z")
FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_MAX_DEPTH = 64
_MOST_VALUES = 500_000
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?=[ \r\n]|\Z)", re.MULTILINE)

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Located:
    """A loaded document and the line that each part of it starts on.

    Attributes:
        data: Plain dicts, lists and scalars.
        lines: Path of keys and indexes to a 1-based line.
    """

    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def line(self, path: Path_) -> int:
        """Returns the line of a path, or of the nearest part above it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str, path: Path, error: type[InputError] = InputError) -> Located:
    """Loads one YAML document.

    Args:
        text: The document.
        path: Its file, for messages.
        error: The class of error to raise.

    Raises:
        InputError: (as `error`) for bad syntax, duplicate keys, anchors, tags,
            merge-conflict markers and nesting that is too deep; always with a line.
    """
    if marker := _CONFLICT.search(text):
        raise error(
            f"merge-conflict marker {marker[0]!r}",
            path=path,
            line=_line_at(text, marker.start()),
            hint="resolve the conflict: keep one side whole",
        )
    try:
        return _Builder(text, path, error).located()
    except yaml.MarkedYAMLError as exc:
        problem = exc.problem or exc.context or "bad syntax"
        marks = [exc.problem_mark, exc.context_mark]
        if "end of stream" in problem:
            marks.reverse()
        mark = next(filter(None, marks), None)
        line = mark.line + 1 if mark else 1
        raise error(f"not valid YAML: {problem}", path=path, line=line) from None
    except yaml.YAMLError as exc:
        index = text.find(chr(getattr(exc, "character", 0)))
        problem = str(exc).splitlines()[0]
        raise error(f"not valid YAML: {problem}", path=path, line=_line_at(text, index)) from None


def _line_at(text: str, index: int) -> int:
    return text.count("\n", 0, max(index, 0)) + 1


class _Builder:
    """Turns the parser's events into plain data, noting lines."""

    def __init__(self, text: str, path: Path, error: type[InputError]) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        self._path = path
        self._error = error
        self._lines: dict[Path_, int] = {}
        self._count = 0

    def located(self) -> Located:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Located(None)
        data = self._build(next(self._events), ())
        next(self._events)
        extra = next(self._events)
        if not isinstance(extra, yaml.StreamEndEvent):
            raise self._fail("more than one document in the file", extra)
        return Located(data, self._lines)

    def _fail(self, message: str, event: Any) -> InputError:
        return self._error(message, path=self._path, line=event.start_mark.line + 1)

    def _build(self, event: Any, where: Path_) -> Any:
        self._refuse_extras(event)
        self._count += 1
        if self._count > _MOST_VALUES:
            raise self._fail(f"more than {_MOST_VALUES:,} values", event)
        if len(where) > _MAX_DEPTH:
            raise self._fail(f"nested more than {_MAX_DEPTH} levels deep", event)
        self._lines.setdefault(where, event.start_mark.line + 1)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(where)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(where)
        return _scalar(event.value, plain=event.implicit[0] and not event.tag)

    def _refuse_extras(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._fail("anchors and aliases are not supported: write the value out", event)
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise self._fail(f"tag {event.tag!r} is not supported", event)

    def _sequence(self, where: Path_) -> list[Any]:
        made: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            made.append(self._build(event, (*where, len(made))))
        return made

    def _mapping(self, where: Path_) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._refuse_extras(event)
            if not isinstance(event, yaml.ScalarEvent):
                error = self._fail("a key must be a plain name", event)
                if getattr(event, "flow_style", False):  # what {{name}} is without quotes
                    error.hint = 'put a text that starts with {{name}} into quotes: "{{name}} ..."'
                raise error
            key = event.value
            if key in made:
                raise self._fail(f"duplicate key {key!r}", event)
            self._lines[(*where, key)] = event.start_mark.line + 1  # type: ignore[union-attr]
            made[key] = self._build(next(self._events), (*where, key))
        return made


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:
        return text
    if text in WORDS:
        return WORDS[text]
    if _INT.match(text):
        return int(text)
    if FLOAT.match(text) and len(text) < 40 and math.isfinite(float(text)):
        return float(text)
    return text
