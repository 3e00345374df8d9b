"""How a search went: the fitness of what it recommended, by the calls it had spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.page.charts.render import Picture, rendered
from pytest_promptevo.page.charts.theme import BEFORE, MUTED, NOW, picture, quantity

if TYPE_CHECKING:
    from pytest_promptevo.improve.search_record import SearchRecord

_APART = 0.1
"""Which part of the picture's width lies between the search and its test."""


def history_picture(record: SearchRecord, found: str) -> Picture:
    """Draws the recommended genome's fitness over the calls, and the test as points apart.

    Args:
        record: The search.
        found: What the genome is called that it found.
    """
    steps = _steps(record)
    ends = max(record.search_calls, 1)
    tests = [
        {
            "x": ends * (1 + _APART * (1 + which)),
            "name": name,
            "y": figures.fitness.mean,
            "y1": figures.fitness.low,
            "y2": figures.fitness.high,
            "kind": kind,
        }
        for which, (kind, name, figures) in enumerate(
            zip(("before", "now"), ("before", found), record.test, strict=True)
        )
    ]
    x = quantity(
        "x", "calls spent by the search", domain=[0, ends * (1 + 2.6 * _APART)], nice=False
    )
    x["axis"] = {"labelExpr": f"datum.value <= {ends} ? datum.label : ''"}
    y = quantity("y", "fitness")
    band = {"x": x, "y": quantity("y1", "fitness"), "y2": {"field": "y2"}}
    kind = {
        "field": "kind",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["before", "now"], "range": [BEFORE, NOW]},
    }
    shape = {**kind, "scale": {"domain": ["before", "now"], "range": ["square", "diamond"]}}
    step = {"interpolate": "step-after", "color": NOW}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": steps},
            "mark": {"type": "area", "opacity": 0.16, **step},
            "encoding": band,
        },
        {
            "data": {"values": steps},
            "mark": {"type": "line", "strokeWidth": 2, **step},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": tests},
            "mark": {"type": "rule", "strokeWidth": 1.5},
            "encoding": {**band, "color": kind},
        },
        {
            "data": {"values": tests},
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": kind, "shape": shape},
        },
        {
            "data": {"values": tests},
            "mark": {"type": "text", "dy": -9, "baseline": "bottom", "fontWeight": "bold"},
            "encoding": {"x": x, "y": quantity("y2", "fitness"), "text": {"field": "name"}},
        },
        {
            "data": {"values": [{"x": ends * (1 + _APART / 2)}]},
            "mark": {"type": "rule", "color": MUTED, "strokeDash": [4, 3]},
            "encoding": {"x": x},
        },
    ]
    old, new = (figures.fitness for figures in record.test)
    where = "examples that the search never saw" if record.is_held_out else "all examples"
    return rendered(
        picture(layers),
        title="Fitness over the search",
        alt=f"The recommended genome's fitness went from {steps[0]['y']:.3f} to "
        f"{steps[-1]['y']:.3f} in {record.search_calls:,} calls; on {where} the old genome has "
        f"{old.mean:.3f}, the found one {new.mean:.3f}",
        caption="The line is the fitness of the genome recommended by then, on the search's "
        f"{record.examples} examples, with its 95 % interval. At the right, apart: both genomes "
        f"on {record.test[1].n} {where}. What chose a genome looks too good on what it was "
        "chosen by.",
    )


def _steps(record: SearchRecord) -> list[dict[str, float]]:
    """Returns the corners of the line, which ends where the search did."""
    steps = []
    for step in record.trace:
        mean, low, high = record.tried[step.tried].fitness
        steps.append({"x": step.calls, "y": mean, "y1": low, "y2": high})
    if not steps:
        mean, low, high = record.tried[record.found].fitness
        steps = [{"x": 0, "y": mean, "y1": low, "y2": high}]
    return [*steps, {**steps[-1], "x": max(record.search_calls, steps[-1]["x"])}]
