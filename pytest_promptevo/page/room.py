"""What a suite may take of the page: a page of many suites is no larger than one of a large one.

The narrower a page, the less is shown of a suite; where that is not enough, fewer suites are told
in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from pytest_promptevo.page.texts import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 5_000_000
"""Bytes of a page at most."""

_ANSWERS, _GRID, _GENES = 2_750_000, 700_000, 600_000
"""Bytes of all answers, grids and genes of a page, with their markup."""

_WITH_LONG_TEXTS = 10
"""Suites up to which texts beside the answers have their whole length."""

_WITH_PICTURES = 30
"""Suites up to which there are pictures."""

_SHORTEST = 200

_MOST_IN_FULL = 600
"""Suites that are told in full at most."""

_NARROWER = 3
"""How often a suite's part is halved before fewer suites are told in full."""


@dataclass(frozen=True)
class Room:
    """A suite's part of a page.

    Attributes:
        parts: Into how many parts the page is divided: as many as it tells suites in full, or
            more.
        in_full: How many suites it tells in full.
    """

    parts: int = 1
    in_full: int = 1

    @property
    def answers(self) -> int:
        """Bytes of its answers."""
        return _ANSWERS // self.parts

    @property
    def grid(self) -> int:
        """Bytes of its grid."""
        return _GRID // self.parts

    @property
    def genes(self) -> int:
        """Bytes of its genes."""
        return _GENES // self.parts

    @property
    def letters(self) -> int:
        """Letters of a gene, and of a turn of the prompt."""
        return max(_SHORTEST, min(LONGEST, LONGEST * _WITH_LONG_TEXTS // self.parts))

    @property
    def has_pictures(self) -> bool:
        """Whether it has pictures."""
        return self.parts <= _WITH_PICTURES


def rooms(suites: int) -> Iterator[Room]:
    """Yields ever narrower rooms for a page of some suites, down to one that tells none in full."""
    in_full = min(max(suites, 1), _MOST_IN_FULL)
    while in_full:
        for narrower in range(_NARROWER + 1):
            yield Room(in_full << narrower, in_full)
        in_full //= 2
    yield Room(in_full=0)


def size_of(texts: Iterable[str]) -> int:
    """Returns how many bytes texts take on the page."""
    return sum(len(escape(text).encode()) for text in texts)
