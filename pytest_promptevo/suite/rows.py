"""The rows of files of examples, each with its line: ``.jsonl``, ``.json``, ``.yaml``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.json_parts import MOST_PARTS, has_too_many_parts
from pytest_promptevo.base.text_files import conflict_marker, parse_json
from pytest_promptevo.errors import GoldenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_PARTS = 10 * MOST_PARTS
"""Values of all examples together."""


def jsonl_rows(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Yields the values of the lines that are not empty."""
    for line, row in enumerate(text.split("\n"), 1):
        if marker := conflict_marker(row):
            raise conflict(marker, path, line)
        if row.strip():
            yield line, parse_json(row, path, line, GoldenError)


def json_rows(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Yields the members of a list one by one, so that each error has its line."""
    if has_too_many_parts(text, _MOST_PARTS):
        raise GoldenError(
            f"JSON of more than {_MOST_PARTS:,} values",
            path=path,
            line=1,
            hint="a .jsonl file, with one example a line, may hold more",
        )
    decoder, index = json.JSONDecoder(), len(text) - len(text.lstrip())
    try:
        is_list = isinstance(decoder.decode(text), list)
    except (ValueError, RecursionError):
        if text[index : index + 1] != "{":
            parse_json(text, path, 1, GoldenError)
        is_list = False
    if not is_list:
        hint = "[{...}, {...}]; a file with one example a line is a .jsonl"
        raise GoldenError("must be a list of examples", path=path, line=1, hint=hint)
    line, counted = 1, 0
    while text[index := _next(text, index + 1)] != "]":
        end = decoder.raw_decode(text, index)[1]
        line, counted = line + text.count("\n", counted, index), index
        yield line, parse_json(text[index:end], path, line, GoldenError)
        index = _next(text, end)
        if text[index] == "]":
            return


def _next(text: str, index: int) -> int:
    """Returns the index of the next character that is no blank."""
    while text[index] in " \t\r\n":
        index += 1
    return index


def yaml_rows(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Yields the members of a list."""
    located = yaml_reader.load(text, path, GoldenError)
    if not isinstance(located.data, list):
        raise GoldenError("must be a list of examples", path=path, line=1)
    for index, row in enumerate(located.data):
        yield located.line((index,)), row


def conflict(marker: str, path: Path, line: int) -> GoldenError:
    """Returns the error about what a merge has left."""
    hint = "resolve the conflict: keep the lines of both sides that are right"
    return GoldenError(f"merge-conflict marker {marker!r}", path=path, line=line, hint=hint)
