"""Texts of bearable length for messages."""

from __future__ import annotations


def shorten(text: str, width: int) -> str:
    """Returns a text whose end is replaced by three dots where it is longer than the width."""
    return text if len(text) <= width else f"{text[: width - 3]}..."
