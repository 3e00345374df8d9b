"""What answers cost, one mark an example: latency and tokens of genomes, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.fitness import percentile
from pytest_promptevo.page.charts.render import Picture, rendered
from pytest_promptevo.page.charts.theme import INK, MUTED, NOW, WIDTH, picture, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_MARKS = 150
"""Marks of a row: of more examples, so many of their quantiles."""

_ROW = 34
"""Pixels of a row."""


def strips_picture(values: Mapping[str, Sequence[float]], title: str, unit: str) -> Picture:
    """Draws values of genomes as strips.

    Args:
        values: What a genome is called to its values, one an example; none is empty.
        title: What the values are.
        unit: Their unit.
    """
    rows = list(values)
    marks = [{"row": row, "x": each} for row in rows for each in _thinned(values[row])]
    ends = [
        {"row": row, "p50": percentile(values[row], 0.5), "p95": percentile(values[row], 0.95)}
        for row in rows
    ]
    y: dict[str, Any] = {"field": "row", "type": "nominal", "sort": rows, "title": None}
    y["axis"] = {"grid": False, "domain": False, "ticks": False, "labelFontSize": 12}
    layers = [
        {
            "data": {"values": marks},
            "mark": {"type": "tick", "color": NOW, "opacity": 0.35, "thickness": 2, "size": 16},
            "encoding": {"x": quantity("x", unit), "y": y},
        },
        {
            "data": {"values": ends},
            "mark": {"type": "rule", "color": MUTED, "strokeWidth": 1.5},
            "encoding": {"x": quantity("p50", unit), "x2": {"field": "p95"}, "y": y},
        },
        {
            "data": {"values": ends},
            "mark": {"type": "tick", "color": INK, "thickness": 3, "size": 24},
            "encoding": {"x": quantity("p50", unit), "y": y},
        },
        {
            "data": {"values": ends},
            "mark": {"type": "tick", "color": INK, "thickness": 1.5, "size": 24},
            "encoding": {"x": quantity("p95", unit), "y": y},
        },
    ]
    told = "; ".join(
        f"{end['row']}: median {end['p50']:,.0f}, 95th percentile {end['p95']:,.0f}" for end in ends
    )
    return rendered(
        picture(layers, height=_ROW * len(rows), width=WIDTH),
        title=title,
        alt=told,
        caption=f"A mark is an example; tall ones are the median and the 95th percentile. {told}.",
    )


def _thinned(values: Sequence[float]) -> list[float]:
    if len(values) <= _MOST_MARKS:
        return list(values)
    return [percentile(values, at / (_MOST_MARKS - 1)) for at in range(_MOST_MARKS)]
