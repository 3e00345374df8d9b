"""Adds examples to a file of golden examples; the lines that are there stay as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


def golden_file(suite: Suite) -> Path | None:
    """Returns the file that examples can be added to, or None if it is no JSONL file."""
    name = suite.spec.get("golden")
    if not isinstance(name, str) or not name.lower().endswith(".jsonl"):
        return None
    return (suite.path.parent / name).resolve()


def with_examples(path: Path, examples: Iterable[Example]) -> str:
    """Returns the text of a JSONL file with examples at its end.

    Raises:
        OSError: if the file cannot be read.
    """
    text = read_bytes(path).decode()
    rows = [
        json.dumps(
            {
                "id": example.id,
                "inputs": dict(example.inputs),
                "expected": example.expected,
                "tags": list(example.tags),
            },
            ensure_ascii=False,
        )
        for example in examples
    ]
    start = text if not text or text.endswith("\n") else f"{text}\n"
    return start + "".join(f"{row}\n" for row in rows)
