"""An example: what goes in, what is expected, and where it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Example:
    """A golden example (or a few-shot example).

    Attributes:
        id: Unique in its file; the test's id.
        inputs: Values for the prompt's ``{{name}}`` placeholders.
        expected: What the scorers compare with; any JSON value.
        tags: Free labels.
        scorers: Options for single scorers that override the suite's.
        line: Where it stands in its file (1-based).
        human: Answers that people have judged, with the quality that they gave: they measure a
            judge, and are no part of what is asked or expected.
    """

    id: str
    inputs: Mapping[str, Any]
    expected: Any = None
    tags: tuple[str, ...] = ()
    scorers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    line: int = 1
    human: tuple[tuple[str, float], ...] = ()

    def content(self) -> dict[str, Any]:
        """Returns what counts for a fingerprint (not where it stands)."""
        made: dict[str, Any] = {"id": self.id, "inputs": self.inputs, "expected": self.expected}
        if self.scorers:
            made["scorers"] = self.scorers
        return made

    @cached_property
    def fingerprint(self) -> str:
        """Digest of `content`."""
        return digest(self.content())
