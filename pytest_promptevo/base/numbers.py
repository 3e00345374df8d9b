"""What kind of number a value is."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any


def is_number(value: Any) -> bool:
    """Whether a value is a real number, numpy's included, and not true or false."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Whether a value is of an integer type, numpy's included, and not true or false."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_quoted_number(value: Any) -> bool:
    """Whether a value is a text that, without its quotes, would be a number."""
    if not isinstance(value, str):
        return False
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
