"""Markdown as GitHub's own parser renders it, and what of that is active."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

TAGS = frozenset(
    ("b", "blockquote", "br", "code", "del", "details", "h3", "ins", "li", "p", "pre", "strong",
     "sub", "summary", "table", "td", "th", "tr", "ul")
)  # fmt: skip
"""All that a review is made of."""

ATTRIBUTES = {("details", "open")}
ENDLESS = {"br"}


@dataclass
class Seen(HTMLParser):
    """What stands on a page.

    Attributes:
        wrong: Tags and attributes that a review does not have, comments that are not its marker,
            and tags that do not close as they were opened.
        told: The text outside of code.
        quoted: The text inside of code.
    """

    wrong: list[str] = field(default_factory=list)
    told: str = ""
    quoted: str = ""
    comments: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        self.wrong += [f"{tag} {name}" for name, _ in attrs if (tag, name) not in ATTRIBUTES]
        if tag not in ENDLESS:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if {"pre", "code"} & set(self._open):
            self.quoted += data
        else:
            self.told += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)

    def handle_pi(self, data: str) -> None:
        self.wrong.append(data)

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(data)

    def close(self) -> None:
        super().close()
        self.wrong += [f"<{tag}> is open" for tag in self._open]


def html_of(markdown: str) -> str:
    """Returns the page: raw HTML stays, as GitHub's sanitizer looks at it afterwards only."""
    return cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)


def seen(markdown: str) -> Seen:
    """Returns what stands on the page that Markdown makes."""
    made = Seen()
    made.feed(html_of(markdown))
    made.close()
    return made
