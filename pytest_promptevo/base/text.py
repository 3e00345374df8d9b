"""Texts of bearable length for messages, on one line."""

from __future__ import annotations

from pytest_promptevo.errors import printable


def shorten(text: str, width: int) -> str:
    """Returns a text whose end is replaced by three dots where it is longer than the width."""
    return text if len(text) <= width else f"{text[: width - 3]}..."


def one_line(text: str) -> str:
    """Returns a text of somebody else's as a part of a line: line breaks are escaped, too."""
    return printable(text).replace("\n", "\\n")
