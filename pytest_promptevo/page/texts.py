"""Texts of others as the page shows them: of bounded length, with nothing hidden in them.

Jinja's escaping makes them inert; this makes them legible.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_promptevo.base.text import shorten, shown
from pytest_promptevo.base.word_diff import Part, word_diff
from pytest_promptevo.errors import visible

LONGEST = 4_000
"""Letters of a text that are shown."""

LONGEST_LINE = 160
"""Letters of a text that is shown on a line."""

_ALIKE = 0.5
"""Share of the shorter text's letters that both have, below which two are shown apart."""

_FLAT = 100
"""Letters of JSON up to which it is shown on a line."""


def block(text: str, most: int = LONGEST) -> str:
    """Returns a text of many lines, its end counted where it is too long."""
    escaped = visible(text[:most])
    made, rest = escaped[: 2 * most], len(text) - most
    if rest > 0:
        return f"{made}\n[… {rest:,} more characters]"
    return made if made == escaped else f"{made}\n[…]"


def line(text: str, width: int = LONGEST_LINE) -> str:
    """Returns a text as a part of a line."""
    flat = " ".join(text[: 4 * width].split())
    return shorten(visible(flat)[: 4 * width], width)


def value(given: Any, most: int = LONGEST) -> str:
    """Returns any value of a genome or an example as a text of many lines."""
    if isinstance(given, str):
        return block(given, most)
    if isinstance(given, (list, tuple)) and all(isinstance(each, str) for each in given):
        return block(", ".join(given) if given else "none", most)
    if given is None or isinstance(given, (bool, int, float)):
        return block(str(given) if isinstance(given, float) else json.dumps(given), most)
    try:
        flat = json.dumps(given, ensure_ascii=False, default=str)
        if len(flat) > _FLAT:
            flat = json.dumps(given, ensure_ascii=False, indent=1, default=str)
        return block(flat, most)
    except (TypeError, ValueError, RecursionError):
        return block(shown(given, most), most)


def changed(before: str, now: str) -> list[Part]:
    """Returns two texts as one, word by word; nothing where they have too little in common."""
    parts = word_diff(before, now, 3 * LONGEST)  # they are no longer than that
    same = sum(len(part.text) for part in parts if part.op == "same")
    is_alike = before == now or same >= max(1.0, _ALIKE * min(len(before), len(now)))
    return parts if is_alike else []
