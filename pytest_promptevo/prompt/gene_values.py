"""Which values a gene with a meaning of its own may have."""

from __future__ import annotations

import math
from typing import Any

from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.prompt.template import SAMPLING

REAL = {"temperature", "top_p", "min_p", "repeat_penalty"}
"""Genes that are real numbers; all other numbers are whole."""

RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "min_p": (0, 1),
    "top_k": (0, 100_000),
    "max_tokens": (1, 1_000_000),
    "num_ctx": (1, 10_000_000),
    "repeat_penalty": (0, 10),
}

_MOST_STOPS = 100
"""Texts that end an answer: they are in every request. Servers take four or so."""

_NO_INTEGER = 2**63
"""What engines and files have no room for."""


def wanted(name: str, value: Any) -> str:
    """Returns what the values of a gene must be, or nothing if this one is fine."""
    if name == "shots":
        good = isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
        must_be = "a list of example ids"
    elif name == "stop":
        good = isinstance(value, str) or (
            isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
        )
        must_be = "a text or a list of texts"
        if good and not isinstance(value, str) and len(value) > _MOST_STOPS:
            good, must_be = False, f"at most {_MOST_STOPS} texts"
    elif name == "model":
        good, must_be = isinstance(value, str), "the name of a role"
    elif name in ("cot", "think"):
        good, must_be = isinstance(value, bool), "true or false"
    elif name in RANGES:
        low, high = RANGES[name]
        good = is_number(value) and low <= value <= high
        good = good and (name in REAL or _is_integer(value))
        must_be = f"a {'' if name in REAL else 'whole '}number from {low:,} to {high:,}"
    elif name in SAMPLING:
        is_whole = is_number(value) and abs(value) < math.inf and _is_integer(value)
        good = is_whole and abs(value) < _NO_INTEGER
        must_be = "a whole number of at most 63 bits" if is_whole else "a whole number"
    else:
        good = isinstance(value, (str, int, float, bool))
        must_be = "a text"
    return "" if good else must_be


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) or float(value).is_integer()
