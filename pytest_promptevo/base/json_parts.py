"""How many values a JSON text may hold: parsed, the small ones take twenty times their text."""

from __future__ import annotations

import json
from typing import Any

MOST_PARTS = 500_000
"""Marks that begin or part values: so many of the smallest take about 100 MB."""


def has_too_many_parts(text: str | bytes, most: int = MOST_PARTS) -> bool:
    """Whether a JSON text holds more values than may be parsed; marks within texts count, too."""
    return len(text) > most and parts_of(text) > most


def parts_of(text: str | bytes) -> int:
    """Returns how many marks in a JSON text begin or part values."""
    if isinstance(text, bytes):
        return sum(map(text.count, (b"[", b"{", b",")))
    return sum(map(text.count, ("[", "{", ",")))


def bounded(text: str) -> Any:
    """Returns what a JSON text holds.

    Raises:
        ValueError: if it holds too much, or is no JSON.
        RecursionError: if it is nested too deeply.
    """
    if has_too_many_parts(text):
        raise ValueError(f"it holds more than {MOST_PARTS:,} values")
    return json.loads(text)
