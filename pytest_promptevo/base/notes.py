"""Files of JSON lines that are a help and no promise: what cannot be read in them is left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_promptevo.base.private_folder import UNREADABLE
from pytest_promptevo.base.text_files import atomic_write, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Row = TypeVar("Row")


def read_notes(path: Path, checked: Callable[[Any], Row]) -> list[Row]:
    """Returns all rows that can be read.

    Args:
        path: The file, which may be missing.
        checked: Returns the row that a line's JSON value is; may raise any of `UNREADABLE`.
    """
    try:
        text = read_bytes(path).decode()
    except (OSError, UnicodeDecodeError):
        return []
    rows = []
    for line in text.splitlines():
        try:
            rows.append(checked(json.loads(line)))
        except UNREADABLE:
            continue
    return rows


def write_notes(path: Path, rows: Sequence[Any]) -> None:
    """Replaces the file by rows of JSON data.

    Raises:
        OSError: if it cannot be written.
    """
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    atomic_write(path, "".join(f"{line}\n" for line in lines))
