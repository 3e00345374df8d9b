"""Adds examples to a file of golden examples; the lines that are there stay as they are."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text_files import read_bytes
from pytest_promptevo.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


def golden_file(suite: Suite) -> Path | None:
    """Returns the file that examples can be added to, or None if there is none.

    That is a JSONL file, and not in a hidden folder, which holds no project's own files.
    """
    name = suite.spec.get("golden")
    if not isinstance(name, str) or not name.lower().endswith(".jsonl"):
        return None
    if any(part.startswith(".") and part not in (".", "..") for part in PurePath(name).parts):
        return None
    return (suite.path.parent / name).resolve()


def _line(row: Mapping[str, Any]) -> str:
    """Returns a line of JSON that shows all that it holds.

    What editors and reviews take for the end of a line, or turns the direction of writing, is
    escaped; letters of all scripts stay as they are.
    """
    text = json.dumps(row, ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(letter: str) -> str:
    return letter if printable(letter) == letter else json.dumps(letter)[1:-1]


def with_examples(path: Path, examples: Iterable[Example]) -> str:
    """Returns the text of a JSONL file with examples at its end.

    Raises:
        OSError: if the file cannot be read.
    """
    text = read_bytes(path).decode()
    rows = [
        _line(
            {
                "id": example.id,
                "inputs": dict(example.inputs),
                "expected": example.expected,
                "tags": list(example.tags),
            }
        )
        for example in examples
    ]
    start = text if not text or text.endswith("\n") else f"{text}\n"
    return start + "".join(f"{row}\n" for row in rows)
