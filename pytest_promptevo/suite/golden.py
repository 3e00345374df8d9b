"""Golden and few-shot examples from ``.jsonl``, ``.json``, ``.csv``, ``.yaml``, or the suite."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.base.json_parts import MOST_PARTS, has_too_many_parts
from pytest_promptevo.base.schema import DictOf, ListOf, Strict, at_most, validate
from pytest_promptevo.base.text import shorten, shown
from pytest_promptevo.base.text_files import conflict_marker, must_be_text, parse_json, read_text
from pytest_promptevo.errors import GoldenError, InputError, printable
from pytest_promptevo.prompt.example import Example
from pytest_promptevo.suite.sections.rollout import MOST_CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytest_promptevo.suite.files import Read

_ID = re.compile(r"(?!.*::)[^\s\[\]\x00-\x1f\x7f]{1,100}\Z")

_INPUTS = (
    'what fills the prompt stands under inputs: {"inputs": {"city": "Paris"}, "expected": ...}'
)

MOST_HUMAN = 100
"""Answers of an example that people have judged."""

_MOST_COLUMNS = 12
"""Columns that a message names."""

_MOST_PARTS = 10 * MOST_PARTS
"""Values of all examples together."""

_MOST_COMMAS = 2_000_000
"""Commas of a CSV file, between cells and in them."""

_CSV_CONFLICT = re.compile(r"^(<{7}|>{7})(?= )", re.MULTILINE)
"""What a merge leaves: in a CSV file that could be a text of several lines, or an example."""

_CANDIDATES = tuple(f"candidate-{number}" for number in range(1, MOST_CANDIDATES + 1))
RESERVED = ("lock", "fitness", "audit", *_CANDIDATES, *(f"{name}-audit" for name in _CANDIDATES))
"""Tests of a suite that are no golden examples."""


class HumanVerdict(Strict):
    """What people say of an answer to an example."""

    answer: str = Field(description="An answer.")
    quality: float | bool = Field(
        ge=0, le=1, description="What it is worth: true, false or a number from 0 to 1."
    )


class ExampleRow(Strict):
    """An example as it is written."""

    id: str | int | None = Field(
        default=None, description="Unique id, the test's name; made of the inputs if left out."
    )
    inputs: dict[str, Any] = Field(description="Values of the prompt's {{name}} placeholders.")
    expected: Any = Field(description="What the scorers compare the answer with.")
    tags: ListOf[str] = Field(default=[], description="Labels of the example.")
    scorers: DictOf[str, dict[str, Any]] = Field(
        default={}, description="Options of scorers for this example alone."
    )
    human: Annotated[ListOf[HumanVerdict], at_most(MOST_HUMAN)] = Field(
        default=[],
        description="Answers that people have judged, by which the scorer judge is measured.",
    )


def load_examples(path: Path, read: Read = read_text) -> tuple[Example, ...]:
    """Loads a ``.jsonl``, ``.json``, ``.csv``, ``.yaml`` or ``.yml`` file of examples.

    A CSV file has the columns ``expected``, optionally ``id`` and ``tags`` (separated
    by spaces); every other column is an input. All its values stay strings.

    Args:
        path: The file.
        read: Reads it, where it does not lie on the disk.

    Raises:
        GoldenError: naming file and line.
    """
    readers = {".jsonl": _jsonl, ".json": json_rows, ".csv": _csv, ".yaml": _yaml, ".yml": _yaml}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise GoldenError(
            f"cannot read {path.suffix or 'a file without an ending'!r}",
            path=path,
            line=1,
            hint=f"use one of {', '.join(sorted(readers))}",
        )
    return collect(path, reader(read(path, GoldenError), path), GoldenError)


def inline_examples(
    rows: Sequence[Any], lines: Sequence[int], path: Path, error: type[InputError]
) -> tuple[Example, ...]:
    """Builds examples from a list that stands in the suite file itself."""
    return collect(path, zip(lines, rows, strict=True), error)


def collect(
    path: Path, rows: Iterator[tuple[int, Any]] | zip[tuple[int, Any]], error: type[InputError]
) -> tuple[Example, ...]:
    """Validates rows and returns them as examples with unique ids."""
    made: dict[str, Example] = {}
    derived: Counter[str] = Counter()
    for line, data in rows:
        if not isinstance(data, dict):
            raise error(
                f"an example must be a mapping, not {_kind(data)}",
                path=path,
                line=line,
                hint='{"inputs": {...}, "expected": ...}',
            )
        example = _example(data, line, path, error)
        if data.get("id") is None:
            example = replace(example, id=_free(example.id, made, derived))
        elif example.id in made:
            raise error(
                f"duplicate id {example.id!r} (first on line {made[example.id].line})",
                path=path,
                line=line,
                hint="give each example its own id",
            )
        made[example.id] = example
    if not made:
        raise error("holds no examples", path=path, line=1)
    return tuple(made.values())


def _example(data: dict[str, Any], line: int, path: Path, error: type[InputError]) -> Example:
    if data.keys() - ExampleRow.model_fields.keys() and not _may_mean_inputs(data):
        raise error("inputs: is missing", path=path, line=line, hint=_INPUTS)
    row = validate(
        ExampleRow,
        data,
        path=path,
        line=lambda _: line,
        error=error,
        what="the example",
        remedy=lambda name, _: _INPUTS if name == "inputs" else "",
    )
    must_be_text(data, path, line, error)
    given = row.id
    name = text_key(canonical_json(row.inputs))[:10] if given is None else str(given)
    if not _ID.match(name) or printable(name) != name:
        raise error(
            f"id {name!r} cannot be a test id",
            path=path,
            line=line,
            hint="1 to 100 visible characters without spaces, brackets and '::'",
        )
    human = tuple((each.answer, float(each.quality)) for each in row.human)
    return Example(name, row.inputs, row.expected, tuple(row.tags), row.scorers, line, human)


def _may_mean_inputs(data: dict[str, Any]) -> bool:
    """Whether an example has inputs, under their name or one that is spelt like it."""
    names = list(islice(data, _MOST_COLUMNS))  # an example may hold half a million of others
    return "inputs" in data or any(get_close_matches(str(name), ["inputs"]) for name in names)


def without_reserved(
    examples: tuple[Example, ...], path: Path, error: type[InputError]
) -> tuple[Example, ...]:
    """Returns golden examples, none of which has the id of another test of the suite.

    Raises:
        InputError: (as `error`) naming the line of one that has.
    """
    for example in examples:
        if example.id in RESERVED:
            raise error(
                f"id {example.id!r} is taken by the suite's own test [{example.id}]",
                path=path,
                line=example.line,
                hint=f"no golden example can be called {', '.join(RESERVED)}",
            )
    return examples


def _free(name: str, taken: dict[str, Example], derived: Counter[str]) -> str:
    """Returns a derived id; the second example with the same inputs gets ``-2``."""
    while True:
        derived[name] += 1
        count = derived[name]
        numbered = name if count == 1 else f"{name}-{count}"
        if numbered not in taken:
            return numbered


def _kind(data: Any) -> str:
    names = {list: "a list", str: "a text", type(None): "nothing"}
    return names.get(type(data), shorten(repr(data), 40))


def _jsonl(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    for line, row in enumerate(text.split("\n"), 1):
        if marker := conflict_marker(row):
            raise _conflict(marker, path, line)
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


def _yaml(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    located = yaml_reader.load(text, path, GoldenError)
    if not isinstance(located.data, list):
        raise GoldenError("must be a list of examples", path=path, line=1)
    for index, row in enumerate(located.data):
        yield located.line((index,)), row


def _csv(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    if marker := _CSV_CONFLICT.search(text):
        raise _conflict(marker[0], path, text.count("\n", 0, marker.start()) + 1)
    if text.count(",") > _MOST_COMMAS:
        raise GoldenError(f"it has more than {_MOST_COMMAS:,} commas", path=path, line=1)
    reader, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        header = next(reader, [])
        _check_header(header, path)
        line = reader.line_num + 1
        for cells in reader:
            if any(map(str.strip, cells)):  # spreadsheets write empty rows as commas
                if len(cells) != len(header):
                    found = f"{len(cells)} cells where the header has {len(header)}"
                    raise GoldenError(found, path=path, line=line)
                row = dict(zip(header, cells, strict=True))
                if not row["expected"].strip():
                    hint = "where nothing is the right answer, write the examples as .jsonl"
                    raise GoldenError(
                        "the cell 'expected' is empty", path=path, line=line, hint=hint
                    )
                yield line, _csv_row(row)
            line = reader.line_num + 1
    except csv.Error as exc:
        raise _csv_error(exc, path, line, reader.line_num) from None


def _conflict(marker: str, path: Path, line: int) -> GoldenError:
    hint = "resolve the conflict: keep the lines of both sides that are right"
    return GoldenError(f"merge-conflict marker {marker!r}", path=path, line=line, hint=hint)


def _csv_error(exc: csv.Error, path: Path, first: int, last: int) -> GoldenError:
    """Returns what is wrong with a row that begins on one line and was read until another."""
    if "unexpected end of data" in str(exc):
        opened = "a quote is opened in the row that begins here, and never closed"
        return GoldenError(f"not valid CSV: {opened}", path=path, line=first)
    hint = f"the row begins on line {first}: is a quote opened there that is not closed?"
    return GoldenError(
        f"not valid CSV: {exc}", path=path, line=last, hint=hint if first < last else ""
    )


def _check_header(header: list[str], path: Path) -> None:
    """Refuses a header that names no examples' columns, and says what was found instead."""
    wrong, found = "", ", ".join(shown(name, 40) for name in header[:_MOST_COLUMNS])
    hint = f"the first line must name the columns: expected and the inputs; found: {found}"
    like = next((name for name in header if name.strip().casefold() == "expected"), None)
    if not any(map(str.strip, header)):
        wrong, hint = "no header", "the first line must name the columns: expected and the inputs"
    elif len(header) == 1 and (other := next((sep for sep in ";\t|" if sep in header[0]), "")):
        name = "a tab" if other == "\t" else repr(other)
        wrong = f"the columns are separated by {name}, not by ','"
        hint = f"save the file with ',' between its columns; found: {found}"
    elif len(set(header)) != len(header):
        wrong = "a column name stands twice"
    elif "" in header:
        wrong = "a column has no name"
    elif "expected" not in header:
        wrong = "no column named 'expected'"
        if like is not None:
            hint = f"write expected instead of {shown(like, 40)}; found: {found}"
    if wrong:
        raise GoldenError(wrong, path=path, line=1, hint=hint)


def _csv_row(cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"expected": cells.pop("expected")}
    if name := cells.pop("id", ""):
        row["id"] = name
    row["tags"] = cells.pop("tags", "").split()
    row["inputs"] = cells
    return row
