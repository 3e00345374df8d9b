"""How all pictures look, and the colours that the page's style sheet replaces in them.

A picture is part of the page, so that it follows light, dark and print. It names colours that
nobody sees: ``page.css`` gives each of them what the scheme has for it.
"""

from __future__ import annotations

from typing import Any

INK = "#000001"
"""Words."""

MUTED = "#000002"
"""Words of axes."""

LINES = "#000003"
"""Grids, ticks, domains."""

NOW = "#000004"
"""The genome that was tested or found."""

BEFORE = "#000005"
"""The genome before it."""

OTHERS = "#000006"
"""All other genomes."""

FORBIDDEN = "#000007"
"""Where hard limits leave no genome."""

ARMS = ("#000008", "#000009", "#00000a", "#00000b")
"""Arms of a rollout: the locked genome, then candidates."""

WIDTH = 350
"""Of a picture, in pixels without its axes; three stand side by side on a wide screen."""

HEIGHT = 220
"""Of a picture."""

_AXIS = {
    "labelColor": MUTED,
    "titleColor": MUTED,
    "gridColor": LINES,
    "domainColor": LINES,
    "tickColor": LINES,
    "labelFontSize": 11,
    "titleFontSize": 11,
    "titleFontWeight": "normal",
    "titlePadding": 8,
    "tickCount": 6,
    "gridDash": [2, 3],
    "labelFlush": True,
}


def picture(
    layers: list[dict[str, Any]],
    *,
    height: int = HEIGHT,
    width: int = WIDTH,
    **more: Any,
) -> dict[str, Any]:
    """Returns the specification of a picture of some layers."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "background": None,
        "padding": 4,
        "layer": layers,
        **more,
        "config": {
            "aria": False,
            "font": "system-ui, sans-serif",
            "view": {"stroke": None},
            "axis": _AXIS,
            "text": {"fill": INK, "fontSize": 11},
        },
    }


def quantity(field: str, title: str | None = None, **scale: Any) -> dict[str, Any]:
    """Returns how a number is drawn along an axis."""
    channel: dict[str, Any] = {"field": field, "type": "quantitative", "title": title}
    return {**channel, "scale": {"zero": False, "nice": True, **scale}}
