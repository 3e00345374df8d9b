"""Quality against costs: all genomes of a search, and the front that no other one beats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import counted
from pytest_promptevo.page.charts.render import Picture, rendered
from pytest_promptevo.page.charts.theme import (
    BEFORE,
    FORBIDDEN,
    INK,
    NOW,
    OTHERS,
    picture,
    quantity,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.improve.search_record import SearchRecord, Tried

_TITLES = {"latency_ms": "latency in ms", "tokens": "tokens"}
_FAINT, _MOST = 0.25, 0.8
"""Opacity of genomes that have seen least, and all."""


def front_picture(
    record: SearchRecord,
    names: Mapping[int, str],
    cost: str,
    limits: Mapping[str, Mapping[str, float]],
    *,
    is_again: bool = False,
) -> Picture:
    """Draws the genomes of a search by quality and a cost.

    Args:
        record: The search.
        names: Place of a genome to what it is called.
        cost: ``latency_ms`` or ``tokens``.
        limits: Objective to its hard limits by name.
        is_again: Whether such a picture of another cost stands before it.
    """
    dots = [_dot(record, place, names, cost) for place in range(len(record.tried))]
    whole = [dot for dot in dots if dot["whole"]]
    named = [dot for dot in whole if dot["name"]]
    steps = _front(whole)
    x, y = _across("x", cost), quantity("y", "quality")
    layers: list[dict[str, Any]] = [
        *_forbidden(dots, limits, cost),
        {
            "data": {"values": steps},
            "mark": {"type": "line", "interpolate": "step-after", "color": INK, "opacity": 0.35},
            "encoding": {"x": x, "y": y, "order": {"field": "x", "type": "quantitative"}},
        },
        {
            "data": {"values": [dot for dot in dots if not dot["name"]]},
            "mark": {"type": "circle", "color": OTHERS, "size": 34},
            "encoding": {"x": x, "y": y, "opacity": _fade()},
        },
        *_errors(named, cost),
        {
            "data": {"values": named},
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": _colour(), "shape": _shape()},
        },
        {
            "data": {"values": named},
            "mark": {"type": "text", "align": "left", "dx": 8, "dy": -8, "fontWeight": "bold"},
            "encoding": {"x": x, "y": y, "text": {"field": "name"}},
        },
    ]
    best = max(whole or dots, key=lambda dot: dot["y"])
    told = ", ".join(f"{dot['name']}: quality {dot['y']:.2f} at {dot['x']:.0f}" for dot in named)
    return rendered(
        picture(layers),
        title=f"Quality against {_TITLES[cost]}",
        alt=f"{counted(len(dots), 'genome')} of the search; the best has quality {best['y']:.2f}. "
        f"{told}",
        caption=f"As before, by {_TITLES[cost]}." if is_again else _caption(record, limits),
    )


def _caption(record: SearchRecord, limits: Mapping[str, Mapping[str, float]]) -> str:
    told = (
        f"A dot is a genome; the fainter, the fewer of the search's {record.examples} examples it "
        "has seen before the search gave it up. Bars are 95 % intervals of genomes that have seen "
        "all; the line is the Pareto front. "
    )
    if any(limits.values()):
        told += "Shaded is what a hard limit forbids. "
    return told + _left_out(record)


def _left_out(record: SearchRecord) -> str:
    rest = record.genomes - len(record.tried)
    return f"{counted(rest, 'more genome')} saw less and are left out." if rest > 0 else ""


def _dot(record: SearchRecord, place: int, names: Mapping[int, str], cost: str) -> dict[str, Any]:
    tried: Tried = record.tried[place]
    quality, costs = tried.quality, getattr(tried, cost)
    kind = {record.before: "before", record.found: "now"}.get(place, "other")
    return {
        "x": costs[0],
        "x1": costs[1],
        "x2": costs[2],
        "y": quality[0],
        "y1": quality[1],
        "y2": quality[2],
        "share": tried.n / max(record.examples, tried.n),
        "whole": tried.n >= record.examples,
        "name": names.get(place, ""),
        "kind": kind,
    }


def _front(whole: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Returns the corners of the front in these two objectives."""
    corners: list[dict[str, float]] = []
    for dot in sorted(whole, key=lambda dot: (dot["x"], -dot["y"])):
        if not corners or dot["y"] > corners[-1]["y"]:
            corners.append({"x": dot["x"], "y": dot["y"]})
    if corners:
        corners.append({"x": max(dot["x"] for dot in whole), "y": corners[-1]["y"]})
    return corners


def _across(field: str, cost: str) -> dict[str, Any]:
    return quantity(field, _TITLES[cost])


def _errors(named: list[dict[str, Any]], cost: str) -> list[dict[str, Any]]:
    """Returns the bars of the genomes that have a name."""
    rule = {"type": "rule", "opacity": 0.55, "strokeWidth": 1.25}
    data = {"values": named}
    x, y = _across("x", cost), quantity("y", "quality")
    across = {"x": _across("x1", cost), "x2": {"field": "x2"}, "y": y, "color": _colour()}
    up = {"x": x, "y": quantity("y1", "quality"), "y2": {"field": "y2"}, "color": _colour()}
    return [{"data": data, "mark": rule, "encoding": encoding} for encoding in (across, up)]


def _forbidden(
    dots: list[dict[str, Any]], limits: Mapping[str, Mapping[str, float]], cost: str
) -> list[dict[str, Any]]:
    """Returns the areas that limits on the means leave out, as far as genomes reach."""
    mark = {"type": "rect", "color": FORBIDDEN, "opacity": 0.16}
    layers: list[dict[str, Any]] = []
    right, low = max(dot["x"] for dot in dots), min(dot["y"] for dot in dots)
    most, least = limits.get(cost, {}).get("max"), limits.get("quality", {}).get("min")
    if most is not None and most < right:
        encoding = {"x": _across("x", cost), "x2": {"field": "x2"}}
        values = [{"x": most, "x2": right}]
        layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})
    if least is not None and least > low:
        encoding = {"y": quantity("y", "quality"), "y2": {"field": "y2"}}
        values = [{"y": low, "y2": least}]
        layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})
    return layers


def _fade() -> dict[str, Any]:
    scale = {"domain": [0, 1], "range": [_FAINT, _MOST]}
    return {"field": "share", "type": "quantitative", "scale": scale, "legend": None}


def _colour() -> dict[str, Any]:
    scale = {"domain": ["before", "now", "other"], "range": [BEFORE, NOW, INK]}
    return {"field": "kind", "type": "nominal", "scale": scale, "legend": None}


def _shape() -> dict[str, Any]:
    scale = {"domain": ["before", "now", "other"], "range": ["square", "diamond", "circle"]}
    return {"field": "kind", "type": "nominal", "scale": scale, "legend": None}
