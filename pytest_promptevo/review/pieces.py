"""Sentences whose foreign parts are marked, so that each format shows them harmlessly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pytest_promptevo.base.text import one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_LONGEST = 200


@dataclass(frozen=True)
class Foreign:
    """A text that somebody else wrote: a name, an id, a value."""

    text: str


@dataclass(frozen=True)
class Strong:
    """A part that stands out; it may have foreign parts."""

    parts: tuple[str | Foreign, ...]


Piece: TypeAlias = str | Foreign | Strong
Told: TypeAlias = tuple[Piece, ...]
"""A sentence, or a few of them: texts of our own, and foreign ones."""


def strong(*parts: str | Foreign) -> Strong:
    """Returns a part that stands out."""
    return Strong(parts)


def listed(names: Sequence[str], most: int, marked: Iterable[str] = ()) -> Told:
    """Returns the first of some foreign names, and how many more there are.

    Args:
        names: The names.
        most: How many are told.
        marked: Those among them that were held out, which is told.
    """
    held = set(marked)
    parts: list[Piece] = []
    for name in names[:most]:
        parts += [", " if parts else "", Foreign(name), " (held out)" if name in held else ""]
    if len(names) > most:
        parts.append(f" and {len(names) - most} more")
    return tuple(part for part in parts if part != "")


def shown(told: Iterable[Piece], foreign: Callable[[str], str], mark: str = "") -> str:
    """Returns a sentence as text.

    Args:
        told: Its pieces.
        foreign: Makes a foreign text harmless.
        mark: What stands on both sides of what stands out.
    """
    parts = []
    for piece in told:
        if isinstance(piece, Strong):
            parts.append(f"{mark}{shown(piece.parts, foreign)}{mark}")
        else:
            parts.append(foreign(piece.text) if isinstance(piece, Foreign) else piece)
    return "".join(parts)


def plain(told: Iterable[Piece]) -> str:
    """Returns a sentence as plain text on one line, its foreign parts of bounded length."""
    return shown(told, lambda text: shorten(one_line(text), _LONGEST))
