"""Texts of others as the page shows them: of bounded length, with nothing hidden in them.

Jinja's escaping makes them inert; this makes them legible.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_promptevo.base.text import shorten, shown
from pytest_promptevo.errors import visible

LONGEST = 4_000
"""Letters of a text that are shown."""

LONGEST_LINE = 160
"""Letters of a text that is shown on a line."""

_MOST_ESCAPED = 2 * LONGEST
"""Letters that a text has at most once what is invisible in it is escaped."""


def block(text: str) -> str:
    """Returns a text of many lines, its end counted where it is too long."""
    made = visible(text[:LONGEST])[:_MOST_ESCAPED]
    rest = len(text) - LONGEST
    return f"{made}\n[… {rest:,} more characters]" if rest > 0 else made


def line(text: str, width: int = LONGEST_LINE) -> str:
    """Returns a text as a part of a line."""
    flat = " ".join(text[: 4 * width].split())
    return shorten(visible(flat)[: 4 * width], width)


def value(given: Any) -> str:
    """Returns any value of a genome or an example as a text of many lines."""
    if isinstance(given, str):
        return block(given)
    if isinstance(given, (list, tuple)) and all(isinstance(each, str) for each in given):
        return block(", ".join(given) if given else "none")
    if given is None or isinstance(given, (bool, int, float)):
        return block(str(given) if isinstance(given, float) else json.dumps(given))
    try:
        return block(json.dumps(given, ensure_ascii=False, indent=1, default=str))
    except (TypeError, ValueError, RecursionError):
        return block(shown(given, LONGEST))
