"""Who got production's traffic, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.times import when
from pytest_promptevo.page.charts.render import Picture, rendered
from pytest_promptevo.page.charts.theme import ARMS, picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def shares_picture(
    allocations: Sequence[tuple[float, Mapping[str, float]]], arms: Sequence[str], until: float
) -> Picture:
    """Draws the shares of arms over time.

    Args:
        allocations: When each allocation was made (seconds since 1970), and the shares by arm.
        arms: What the arms are called, the locked genome first.
        until: Where the picture ends.
    """
    allocations = [*allocations, (max(until, allocations[-1][0]), allocations[-1][1])]
    values = [
        {"x": at * 1000, "share": shares.get(arm, 0.0), "arm": arm, "place": place}
        for at, shares in allocations
        for place, arm in enumerate(arms)
    ]
    x = {"field": "x", "type": "temporal", "title": "time (UTC)", "scale": {"type": "utc"}}
    y: dict[str, Any] = {"field": "share", "type": "quantitative", "title": "share of traffic"}
    y |= {"stack": "zero", "axis": {"format": "%"}, "scale": {"domain": [0, 1]}}
    legend = {"title": None, "orient": "top", "symbolType": "square"}
    colour = {
        "field": "arm",
        "type": "nominal",
        "scale": {"domain": list(arms), "range": list(ARMS[: len(arms)])},
        "legend": {**legend, "labelColor": "#000001", "labelFontSize": 12},
    }
    order = {"field": "place", "type": "quantitative"}
    area = {"type": "area", "interpolate": "step-after", "opacity": 0.85}
    layers = [
        {
            "data": {"values": values},
            "mark": area,
            "encoding": {"x": x, "y": y, "color": colour, "order": order},
        }
    ]
    told = ", ".join(f"{arm} {allocations[-1][1].get(arm, 0.0):.1%}" for arm in arms)
    return rendered(
        picture(layers),
        title="Shares of traffic",
        alt=f"Shares from {when(allocations[0][0])} to {when(allocations[-1][0])}; now {told}",
        caption=f"{len(allocations) - 1} allocations; the last one gives {told}.",
    )
