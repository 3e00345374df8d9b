"""Renders specifications as parts of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_VERSION = "5.20"
"""Of Vega-Lite: pictures shall not change with the library that brings it."""

_DIGITS = re.compile(r"(\.\d{2})\d+")
"""Of coordinates: a hundredth of a pixel is enough."""

_ROLES = re.compile(r' (?:role|aria-[a-z]+|class|pointer-events)="[^"]*"')
"""What tells programs of the parts of a picture: it is told as a whole."""


@dataclass(frozen=True)
class Picture:
    """A picture as the page shows it.

    Attributes:
        svg: Its markup. No word of others is in it: genomes are numbered, examples not named.
        title: What it shows, as its heading.
        alt: What is to be seen, for who cannot.
        caption: How to read it.
    """

    svg: str
    title: str
    alt: str
    caption: str


def rendered(spec: dict[str, Any], *, title: str, alt: str, caption: str) -> Picture:
    """Renders a specification; nothing is fetched, whatever it says.

    Args:
        spec: The Vega-Lite specification, data included.
        title: Its heading.
        alt: What is to be seen.
        caption: How to read it.
    """
    import vl_convert  # the extra `report`: see `page.extra`

    svg = vl_convert.vegalite_to_svg(spec, vl_version=_VERSION, allowed_base_urls=[])
    svg = _ROLES.sub("", _DIGITS.sub(r"\1", svg[svg.index("<svg") :]))
    return Picture(svg, title, alt, caption)
