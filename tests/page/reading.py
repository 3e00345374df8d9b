"""Reads a page as a browser would, without one: tags, attributes, texts."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple

VOID = {"meta", "link", "br"}

SVG = {"svg", "g", "path", "line", "text", "defs", "clippath", "rect", "circle", "tspan"}

HTML = {
    *("html", "head", "body", "title", "style", "header", "main", "footer", "section", "h1", "h2"),
    *("h3", "h4", "p", "div", "span", "small", "b", "i", "a", "code", "pre", "ins", "del", "ul"),
    *("ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "figure", "figcaption", *VOID),
}
"""What the page's own templates are made of; nothing else may be there."""

ADDRESSES = ("href", "src", "action", "xlink:href", "srcset", "data", "poster", "formaction")


class Element(NamedTuple):
    tag: str
    attributes: dict[str, str]
    path: tuple[str, ...]


class Reader(HTMLParser):
    """Gathers elements with the tags around them, and all texts.

    Attributes:
        elements: The elements.
        texts: Texts, each with the tags around it.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, attributes, tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, attributes, tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> ends nothing"
        assert self._open.pop() == tag, f"</{tag}> ends another element"

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self._open), data))

    def closed(self) -> Reader:
        self.close()
        assert self._open == []
        return self


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader.closed()


def active(reader: Reader) -> list[str]:
    """Returns what could run, load or lead anywhere: nothing, in a page of ours."""
    found = []
    for tag, attributes, _ in reader.elements:
        if tag not in HTML | SVG:
            found.append(f"<{tag}>")
        found += [f"<{tag} {name}>" for name in attributes if name.startswith("on")]
        for name in ADDRESSES:
            where = attributes.get(name, "#")
            if not where.startswith("#") and (tag, where) != ("link", "data:,"):
                found.append(f"<{tag} {name}={where!r}>")
        if "url(" in attributes.get("style", "") or "expression" in attributes.get("style", ""):
            found.append(f"<{tag} style>")
    return found


def text_of(reader: Reader) -> str:
    """Returns all that is to be read, but for the style sheet."""
    return " ".join(" ".join(text for path, text in reader.texts if "style" not in path).split())
