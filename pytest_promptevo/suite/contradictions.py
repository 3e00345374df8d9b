"""Golden examples that contradict each other: one input, two answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.text import shorten
from pytest_promptevo.suite.normal_text import normal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_promptevo.errors import InputError
    from pytest_promptevo.prompt.example import Example


def checked_labels(
    examples: Sequence[Example], path: Path, error: type[InputError]
) -> tuple[Example, ...]:
    """Returns golden examples of which no two expect different things of the same inputs.

    Inputs are the same after case, blanks and punctuation. What is expected of them may then
    differ in these, too (a name that is copied as it was written); of inputs that are equal
    to the letter it may not.

    Raises:
        InputError: (as `error`) naming both lines.
    """
    known: dict[str, dict[str, Example]] = {}
    for example in examples:
        same, inputs = known.setdefault(normal(example.inputs), {}), canonical_json(example.inputs)
        # None of them contradicts another, so that these two speak for all.
        for earlier in (next(iter(same.values()), None), same.get(inputs)):
            if earlier is not None and _contradict(earlier, example):
                raise error(
                    f"{example.id!r} expects {_short(example)}, but {earlier.id!r} with the same "
                    f"inputs (line {earlier.line}) expects {_short(earlier)}",
                    path=path,
                    line=example.line,
                    hint="mend or remove one of them; if both are right, tell them apart by "
                    "another input (case, blanks and punctuation do not)",
                )
        same.setdefault(inputs, example)
    return tuple(examples)


def _contradict(one: Example, other: Example) -> bool:
    if canonical_json(one.inputs) == canonical_json(other.inputs):
        return canonical_json(one.expected) != canonical_json(other.expected)
    return normal(one.expected) != normal(other.expected)


def _short(example: Example) -> str:
    return shorten(canonical_json(example.expected), 60)
