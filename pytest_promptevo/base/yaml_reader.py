"""Loading YAML with the line of each part."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from pytest_promptevo.base.text_files import CONFLICT
from pytest_promptevo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Path_ = tuple["str | int", ...]

Lines = Any
"""The line of a scalar, or a pair: that of a mapping or list, and the `Lines` of what is in it.

A path for each value would take many times the memory of a deep document.
"""

_INT = re.compile(r"-?(0|[1-9][0-9]{0,4299})\Z")
FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_ON_TABS = ("found a tab", "found character that cannot start any token")
"""What the parser says of tabs that indent; in a list in brackets they are fine."""
_MAX_DEPTH = 64
_MOST_VALUES = 500_000
"""Values of a document; a mapping or a list counts as two, for it takes as much memory."""


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Located:
    """A loaded document and the line that each part of it starts on.

    Attributes:
        data: Plain dicts, lists and scalars.
        lines: The 1-based line of each part.
    """

    data: Any
    lines: Lines = 1

    def line(self, path: Path_) -> int:
        """Returns the line of a path of keys and indexes, or of the nearest part above it."""
        found = self.lines
        for part in path:
            try:
                found = found[1][part]
            except (LookupError, TypeError):
                break
        line: int = found[0] if isinstance(found, tuple) else found
        return line


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
    if marker := CONFLICT.search(text):
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
            if "quoted" in (exc.context or ""):
                problem = "a quotation mark that stands here is not closed"
        mark = next(filter(None, marks), None)
        line, hint = mark.line + 1 if mark else 1, ""
        if problem.startswith(_ON_TABS) and _is_indented_by_tab(text, line):
            problem, hint = f"line {line} starts with a tab", "YAML wants spaces to indent"
        raise error(f"not valid YAML: {problem}", path=path, line=line, hint=hint) from None
    except yaml.YAMLError as exc:
        index = text.find(chr(getattr(exc, "character", 0)))
        problem = str(exc).splitlines()[0]
        raise error(f"not valid YAML: {problem}", path=path, line=_line_at(text, index)) from None


def _line_at(text: str, index: int) -> int:
    return text.count("\n", 0, max(index, 0)) + 1


def _is_indented_by_tab(text: str, line: int) -> bool:
    row = next(islice(text.split("\n"), line - 1, None), "")
    return "\t" in row[: len(row) - len(row.lstrip())]


class _Builder:
    """Turns the parser's events into plain data, noting lines."""

    def __init__(self, text: str, path: Path, error: type[InputError]) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        self._path = path
        self._error = error
        self._count = 0

    def located(self) -> Located:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Located(None)
        data, lines = self._build(next(self._events), 0)
        next(self._events)
        extra = next(self._events)
        if not isinstance(extra, yaml.StreamEndEvent):
            raise self._fail("more than one document in the file", extra)
        return Located(data, lines)

    def _fail(self, message: str, event: Any) -> InputError:
        return self._error(message, path=self._path, line=event.start_mark.line + 1)

    def _build(self, event: Any, depth: int, key_line: int = 0) -> tuple[Any, Lines]:
        """Returns a value and its lines; what has a key stands where that does."""
        self._refuse_extras(event)
        self._count += 1 if isinstance(event, yaml.ScalarEvent) else 2
        if self._count > _MOST_VALUES:
            counted = "a mapping or list counts as two"
            raise self._fail(f"more than {_MOST_VALUES:,} values ({counted})", event)
        if depth > _MAX_DEPTH:
            raise self._fail(f"nested more than {_MAX_DEPTH} levels deep", event)
        line = key_line or event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value, plain=event.implicit[0] and not event.tag), line
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        data, lines = self._mapping(depth + 1) if is_mapping else self._sequence(depth + 1)
        return data, (line, lines)

    def _refuse_extras(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._fail("anchors and aliases are not supported: write the value out", event)
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise self._fail(f"tag {event.tag!r} is not supported", event)

    def _sequence(self, depth: int) -> tuple[list[Any], list[Lines]]:
        made: list[Any] = []
        lines: list[Lines] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value, its_lines = self._build(event, depth)
            made.append(value)
            lines.append(its_lines)
        return made, lines

    def _mapping(self, depth: int) -> tuple[dict[str, Any], dict[str, Lines]]:
        made: dict[str, Any] = {}
        lines: dict[str, Lines] = {}
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
            line = event.start_mark.line + 1  # type: ignore[union-attr]
            made[key], lines[key] = self._build(next(self._events), depth, line)
        return made, lines


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
