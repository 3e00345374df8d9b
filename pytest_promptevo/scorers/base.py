"""The types of scorers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pytest_promptevo.prompt import Example, Output


class Judged(NamedTuple):
    """A scorer's verdict.

    Attributes:
        quality: From 0 (useless) to 1 (right).
        reason: Why it is not 1, for the test's failure message.
    """

    quality: float
    reason: str = ""


Scorer = Callable[[Output, Example], "Judged | tuple[float, str] | float"]
Factory = Callable[..., Scorer]
