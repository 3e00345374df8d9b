"""Texts of bearable length for messages, on one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_promptevo.errors import COMMAND, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLOUR = re.compile(r"(\x1b\[[0-9;]{0,20}m)")
_COLON = re.compile(r"^[^\S\n]*:\Z", re.MULTILINE)
_MARKS = re.compile(r"#{1,2}\Z")


def shorten(text: str, width: int) -> str:
    """Returns a text whose end is replaced by three dots where it is longer than the width."""
    return text if len(text) <= width else f"{text[: width - 3]}..."


def counted(number: int, noun: str) -> str:
    """Returns a number of things: ``1 outcome``, ``1,200 outcomes``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def few_of(names: Sequence[str], most: int, *, whole: str = "") -> str:
    """Returns the first of some names, and how many more there are.

    Args:
        names: All of them.
        most: How many are named.
        whole: Where all of them stand, told only if some are not named.
    """
    rest = len(names) - most
    told = ", ".join(names[:most])
    return f"{told} and {rest} more{whole}" if rest > 0 else told


def one_line(text: str) -> str:
    """Returns a text of somebody else's as a part of a line: line breaks are escaped, too."""
    return printable(text).replace("\n", "\\n")


def with_colours(text: str) -> str:
    """Returns a text of many lines as `printable`, but for what gives letters a colour."""
    return Escaper().add(text)


class Escaper:
    """Makes texts harmless that are shown one after the other, maybe on one line.

    Nothing is held back: of a command of GitHub Actions that begins in one text, the part that
    would complete it is escaped in the next. Each text may start a line, as others write, too.
    """

    def __init__(self) -> None:
        self._end = ""

    def add(self, text: str) -> str:
        """Returns the next text as `printable`, but for what gives letters a colour."""
        parts = enumerate(_COLOUR.split(text))
        return "".join(part if index % 2 else self._added(part) for index, part in parts)

    def _added(self, text: str) -> str:
        if not text:
            return text
        made = printable(text)
        begun = COMMAND.search(self._end + made) if self._end else None
        if begun and begun.start() < len(self._end):
            made = f"\\x{ord(made[0]):02x}{made[1:]}"
        if _COLON.search(made):
            self._end = ":"
        else:
            marks = _MARKS.search(self._end + made)
            self._end = marks[0] if marks else ""
        return made


def shown(value: object, width: int = 120) -> str:
    """Returns a short form of any value for messages, whatever its ``repr`` does."""
    try:
        return shorten(repr(value), width)
    except KeyboardInterrupt:
        raise
    except BaseException:  # a type of the user's, or an integer of more digits than Python writes
        return f"a value of type {type(value).__name__}"
