"""Intervals on one axis, as shares of its width: what the rows of a table can be compared by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TICKS = 4

_FARTHEST = 1e15
"""Where an axis ends at the latest: a lock may name any number."""


@dataclass(frozen=True)
class Whisker:
    """A mean with its interval on an axis, in per cent of the width.

    Attributes:
        mean: Where the mean is.
        low: Where the interval begins.
        high: Where it ends.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Axis:
    """An axis that all values lie on.

    Attributes:
        low: Its lower end.
        high: Its upper end.
    """

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float]) -> Axis:
        """Returns an axis over values, with a little room at its ends."""
        known = (each for each in values if not math.isnan(each))
        finite = [min(max(each, -_FARTHEST), _FARTHEST) for each in known] or [0.0, 1.0]
        low, high = min(finite), max(finite)
        room = 0.04 * (high - low) or 0.5
        return cls(low - room, high + room)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Round values on it, and where they are."""
        span = self.high - self.low
        step = 10.0 ** math.floor(math.log10(span / _TICKS))
        step *= next(many for many in (1, 2, 5, 10) if span / (step * many) <= _TICKS + 1)
        first = math.ceil(self.low / step)
        values = [step * at for at in range(first, math.floor(self.high / step) + 1)]
        return [(self.at(each), f"{each:.6g}".replace("-0", "0", each == 0)) for each in values]

    def at(self, number: float) -> float:
        """Returns where a value is."""
        within = self.low if math.isnan(number) else min(max(number, self.low), self.high)
        share = (within - self.low) / (self.high - self.low)
        return round(100 * share, 2)

    def whisker(self, mean: float, low: float, high: float) -> Whisker:
        """Returns where a mean and its interval are."""
        return Whisker(self.at(mean), self.at(low), self.at(high))
