"""What a scorer returns, as a verdict."""

from __future__ import annotations

import math
from typing import Any

from pytest_promptevo.base.calling import Raised, users_code
from pytest_promptevo.base.text import shorten, shown
from pytest_promptevo.scorers.base import Judged

_ALLOWED = (
    "return a bool, a number from 0 to 1, or a pair of such a number and a reason (a text), "
    "for which Judged(quality, reason) is another way"
)
_LONGEST = 1000
"""Letters of a reason that are kept."""


class WrongVerdict(ValueError):
    """A scorer returned something other than a verdict."""


def as_judged(given: Any, scorer: str) -> Judged:
    """Returns a verdict from what a scorer returned.

    Args:
        given: A bool, a number, or a pair of one and a reason (such as a `Judged`).
        scorer: What messages call the scorer.

    Raises:
        WrongVerdict: saying what was returned and what is allowed.
    """
    quality, reason = given if isinstance(given, tuple) and len(given) == 2 else (given, "")
    number = _number(quality)
    if number is None or not isinstance(reason, (str, type(None))):
        raise WrongVerdict(
            f"{scorer} returned {shown(given)} (type {type(given).__name__}), "
            f"not a number from 0 to 1: {_ALLOWED}"
        )
    return Judged(number, shorten(reason or "", _LONGEST))


def _number(value: Any) -> float | None:
    """Returns a number from 0 to 1, those of numpy and the like among them, or None."""
    if isinstance(value, (str, bytes, bytearray)):
        return None
    try:
        with users_code():
            number = float(value)
    except Raised:
        return None
    return number if math.isfinite(number) and 0 <= number <= 1 else None
