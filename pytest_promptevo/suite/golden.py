"""Golden and few-shot examples from ``.jsonl``, ``.json``, ``.csv``, ``.yaml``, or the suite."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.base.schema import DictOf, ListOf, Strict, at_most, validate
from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import must_be_text, read_text
from pytest_promptevo.errors import GoldenError, InputError, printable
from pytest_promptevo.prompt.example import Example
from pytest_promptevo.suite.csv_rows import csv_rows
from pytest_promptevo.suite.rows import json_rows, jsonl_rows, yaml_rows
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

_FIRST_NAMES = 12
"""Names of an example that are looked at."""

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
    readers = {
        ".jsonl": jsonl_rows,
        ".json": json_rows,
        ".csv": csv_rows,
        ".yaml": yaml_rows,
        ".yml": yaml_rows,
    }
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
    names = list(islice(data, _FIRST_NAMES))  # an example may hold half a million of others
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
