"""The rows of a CSV file of examples, each with its line."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import GoldenError
from pytest_promptevo.suite.rows import conflict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_COLUMNS = 12
"""Columns that a message names."""

_MOST_COMMAS = 2_000_000
"""Commas of a CSV file, between cells and in them."""

_CONFLICT = re.compile(r"^(<{7}|>{7})(?= )", re.MULTILINE)
"""What a merge leaves: in a CSV file that could be a text of several lines, or an example."""


def csv_rows(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Yields the rows below the header; all values stay strings."""
    if marker := _CONFLICT.search(text):
        raise conflict(marker[0], path, text.count("\n", 0, marker.start()) + 1)
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
                yield line, _row(row)
            line = reader.line_num + 1
    except csv.Error as exc:
        raise _error(exc, path, line, reader.line_num) from None


def _error(exc: csv.Error, path: Path, first: int, last: int) -> GoldenError:
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


def _row(cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"expected": cells.pop("expected")}
    if name := cells.pop("id", ""):
        row["id"] = name
    row["tags"] = cells.pop("tags", "").split()
    row["inputs"] = cells
    return row
