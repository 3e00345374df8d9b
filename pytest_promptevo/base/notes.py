"""Files of JSON that are a help and no promise: what cannot be read in them is left out.

Anybody may have committed them, so that they are bounded before they are parsed: in bytes,
lines and values. A note over its bounds is none, and of lines the last ones are read.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_promptevo.base.json_parts import has_too_many_parts, parts_of
from pytest_promptevo.base.private_folder import UNREADABLE
from pytest_promptevo.base.text_files import atomic_write, open_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

MOST_BYTES = 8 << 20
"""Bytes of a file that are read at most."""

MOST_VALUES = 300_000
"""Values that are read at most: of the smallest so many take 60 MB."""

Row = TypeVar("Row")


@dataclass(frozen=True)
class Notes(Generic[Row]):
    """Rows of a file.

    Attributes:
        rows: Those that could be read, in their order.
        is_whole: Whether no line before them was left out because there are too many.
    """

    rows: list[Row]
    is_whole: bool


def read_note(path: Path) -> Any:
    """Returns the JSON value that a file holds.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is no JSON, or more than is read at most.
        RecursionError: if it is nested without end.
    """
    content, is_whole = _end(path)
    if not is_whole or has_too_many_parts(content, MOST_VALUES):
        raise ValueError(f"more than {MOST_BYTES:,} bytes or {MOST_VALUES:,} values")
    return json.loads(content.decode())


def read_notes(path: Path, checked: Callable[[Any], Row], most: int) -> Notes[Row]:
    """Returns the last rows of a file.

    Args:
        path: The file, which may be missing.
        checked: Returns the row that a line's JSON value is; may raise any of `UNREADABLE`.
        most: Lines that are read at most.
    """
    try:
        content, is_whole = _end(path)
    except OSError:
        return Notes([], is_whole=True)
    lines = content.rstrip().rsplit(b"\n", most)
    if not is_whole or len(lines) > most:  # the first line is a part of one, or all that is more
        del lines[0]
        is_whole = False
    rows: list[Row] = []
    left = MOST_VALUES
    for line in reversed(lines):
        left -= parts_of(line)
        if left < 0:
            is_whole = False
            break
        try:
            rows.append(checked(json.loads(line.decode())))
        except UNREADABLE:
            continue
    return Notes(rows[::-1], is_whole)


def write_notes(path: Path, rows: Sequence[Any]) -> None:
    """Replaces the file by rows of JSON data.

    Raises:
        OSError: if it cannot be written.
    """
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    atomic_write(path, "".join(f"{line}\n" for line in lines))


def _end(path: Path) -> tuple[bytes, bool]:
    """Returns the last bytes of a file, and whether they are all."""
    with open(open_regular(path, os.O_RDONLY), "rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - MOST_BYTES)
        file.seek(start)
        return file.read(MOST_BYTES), start == 0
