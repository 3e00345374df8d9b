"""What tests and commands hand over for the page: plain data, which crosses pytest-xdist."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from pytest_promptevo.lock.parts import Search, SuiteFigures

BEFORE = "before"
"""Name of the column of the genome that the tested one replaces."""


@dataclass(frozen=True)
class ShownExample:
    """What is shown of a golden example beside its verdict.

    Attributes:
        suite: Name of its suite.
        lock: Path of the suite's lock.
        example: Its id.
        place: The line of the suite's examples where it stands.
        tags: Its labels.
        inputs: Names and values of its inputs, as texts.
        expected: What is expected, as text.
        answer: What the model answered in the end.
        first: What it answered at first, where the answer was repaired.
        reason: Why it did not pass.
        is_cut: Whether the answer was cut off by the limit of tokens.
        error: Why it could not be judged, or nothing.
    """

    suite: str
    lock: str
    example: str
    place: int
    tags: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    expected: str
    answer: str = ""
    first: str = ""
    reason: str = ""
    is_cut: bool = False
    error: str = ""


@dataclass(frozen=True)
class Cell:
    """What a genome did on an example.

    Attributes:
        quality: Its quality there.
        passed: Whether it passed.
        latency_ms: Its latency, where known.
        tokens: Its tokens, where known.
        answer: What it answered, where that is shown.
    """

    quality: float
    passed: bool
    latency_ms: float | None = None
    tokens: float | None = None
    answer: str | None = None


@dataclass(frozen=True)
class Column:
    """A genome beside the tested one.

    Attributes:
        name: What it is called: ``before``, ``candidate-1``.
        genome: Gene to value.
        cells: Example to what it did there.
    """

    name: str
    genome: dict[str, Any]
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class Locked:
    """What a suite's lock entry says of how its genome came to be.

    Attributes:
        search: How it was found.
        before: Figures of the old genome on held-out examples.
        after: Figures of the locked genome on them.
        recordings: Digest of the committed recordings.
        candidates: How many candidates stand beside it.
        origins: Gene to how its text came to be, where a search has made it.
    """

    search: Search | str
    before: SuiteFigures | None = None
    after: SuiteFigures | None = None
    recordings: str = ""
    candidates: int = 0
    origins: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShownSuite:
    """What is shown of a suite beside its verdict.

    Attributes:
        suite: Its name.
        lock: Path of its lock.
        file: Its file, as people write it.
        genome: The genome that was tested: gene to value.
        user: The template of the user turn; empty where there is a target.
        system: The template of the system turn.
        target: The suite's own code, if it has any.
        models: Role, reference and digest of each model; the digest may be unknown.
        limits: Objective to its hard limits by name.
        pass_mark: Least quality of an example that passes.
        parts: Digests of what the figures of a search depend on, by name.
        searchable: Names of the genes that a search may change.
        columns: The genome that the tested one replaces, where known, and the candidates.
        locked: What the lock says of it, or None.
    """

    suite: str
    lock: str
    file: str
    genome: dict[str, Any]
    user: str
    system: str
    target: str
    models: tuple[tuple[str, str, str], ...]
    limits: dict[str, dict[str, float]]
    pass_mark: float
    parts: dict[str, str] = field(default_factory=dict)
    searchable: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    locked: Locked | None = None


_EXAMPLE = TypeAdapter(ShownExample)
_SUITE = TypeAdapter(ShownSuite)


def to_plain(shown: ShownExample | ShownSuite) -> dict[str, Any]:
    """Returns what is shown as JSON data."""
    adapter: TypeAdapter[Any] = _SUITE if isinstance(shown, ShownSuite) else _EXAMPLE
    plain: dict[str, Any] = adapter.dump_python(shown, mode="json")
    return plain


def from_plain(data: dict[str, Any]) -> ShownExample | ShownSuite:
    """Returns what JSON data shows."""
    adapter: TypeAdapter[Any] = _SUITE if "columns" in data else _EXAMPLE
    made: ShownExample | ShownSuite = adapter.validate_python(data)
    return made
