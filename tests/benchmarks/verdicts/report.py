"""Rows of the report: figure, interval, bar, and whether the bar is met."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from pytest_promptevo.fitness import mean_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Row:
    """One thing that was measured.

    Attributes:
        check: What it is.
        figure: The figure: a share, a count or points.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n: Searches or runs that it is the share or the mean of.
        unit: ``share``, ``count`` or ``points``.
        bar: The bar, in words; empty where the figure is only told.
        met: Whether it is met; None without a bar.
    """

    check: str
    figure: float
    low: float
    high: float
    n: int
    unit: str = "share"
    bar: str = ""
    met: bool | None = None

    def cells(self) -> list[str]:
        """Returns what the table shows."""
        low, high = (self._told(end).removesuffix(" points") for end in (self.low, self.high))
        interval = "" if self.unit == "count" or not self.n else f"[{low}, {high}]"
        met = "" if self.met is None else "yes" if self.met else "**no**"
        return [self.check, self._told(self.figure), interval, f"{self.n:,}", self.bar, met]

    def _told(self, value: float) -> str:
        if math.isnan(value):
            return "none"
        if self.unit == "share":
            return f"{100 * value:.3g} %"
        return f"{value:.0f}" if self.unit == "count" else f"{value:+.2f} points"


def share(
    check: str, hits: int, n: int, *, most: float | None = None, least: float | None = None
) -> Row:
    """Returns the row of a share, with Wilson's interval, and a bar if there is one."""
    found = wilson_interval(hits, n)
    bar, met = "", None
    if most is not None:
        bar, met = f"≤ {100 * most:.3g} %", found.mean <= most
    if least is not None:
        bar, met = f"≥ {100 * least:.3g} %", found.mean >= least
    return Row(check, found.mean, found.low, found.high, n, bar=bar, met=met)


def count(check: str, hits: int, n: int) -> Row:
    """Returns the row of something that must not happen at all."""
    return Row(check, hits, hits, hits, n, unit="count", bar="0", met=hits == 0)


def bias(check: str, errors: Sequence[float], most: float | None = None) -> Row:
    """Returns the row of a mean error, told in points, with Student's interval."""
    if not errors:
        return Row(check, math.nan, math.nan, math.nan, 0, "points")
    found = mean_interval([100 * error for error in errors])
    bar = "" if most is None else f"within ±{most:g} points"
    met = None if most is None else abs(found.mean) <= most
    return Row(check, found.mean, found.low, found.high, len(errors), "points", bar, met)


def table(rows: Sequence[Row]) -> str:
    """Returns the rows as Markdown."""
    head = ["check", "figure", "95 % interval", "of", "bar", "met"]
    return tabulate([row.cells() for row in rows], head, "github", disable_numparse=True)


def plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Returns the rows as JSON data; no figure is null."""
    return [
        {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(row).items()
        }
        for row in rows
    ]
