"""Foreign text as inert HTML, for Markdown that a forge renders.

Foreign text stands in two places alone. In a block of HTML, where nothing is read as Markdown: it
is escaped, and its line breaks are written as references, so that it cannot end the block. And in
a line of Markdown as a code span. (There ``<code>`` would not do: what stands inside of it is read
as Markdown, and made links of, even where every letter is escaped.) The span's fence has a length
that no run of backticks in the text has. (One longer than all of them would not do: GitHub's
parser takes none of more than 80.) Both become ``<pre>`` or ``<code>``, where forges turn no name
into a mention, no number into a link and no word into a picture.
"""

from __future__ import annotations

import re
from html import escape
from itertools import count
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import one_line, shorten
from pytest_promptevo.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_promptevo.base.word_diff import Part

_TICKS = re.compile(r"`+")
_SPAN_WIDTH = 200
_TAGS = {"gone": "del", "new": "ins"}


def span(text: str) -> str:
    """Returns a foreign text as a code span, for a line of Markdown that is no table's."""
    told = shorten(one_line(text), _SPAN_WIDTH)
    if not told.strip():
        return "`(blank)`"
    runs = set(map(len, _TICKS.findall(told)))
    fence = "`" * next(length for length in count(1) if length not in runs)
    # A blank at both ends is taken off again; without it ticks would join the fence.
    pad = " " if told.startswith(("`", " ")) or told.endswith(("`", " ")) else ""
    return f"{fence}{pad}{told}{pad}{fence}"


def inert(text: str) -> str:
    """Returns a foreign text for a block of HTML, on one line."""
    return escape(printable(text)).replace("\n", "&#10;").replace("\t", "&#9;")


def code(text: str, width: int = _SPAN_WIDTH) -> str:
    """Returns a foreign text as inline code, for a block of HTML."""
    return f"<code>{inert(shorten(one_line(text), width)) or '(blank)'}</code>"


def pre(parts: Iterable[Part]) -> str:
    """Returns what a word diff found as preformatted text, for a block of HTML."""
    return f"<pre>{''.join(map(_part, parts))}</pre>"


def sides(parts: Sequence[Part]) -> tuple[str, str]:
    """Returns what a word diff found as code, both texts apart, for the cells of a table."""
    before, after = (
        "".join(_part(part) for part in parts if part.op != other and part.text)
        for other in ("new", "gone")
    )
    return _code(before), _code(after)


def _code(told: str) -> str:
    return f"<code>{told}</code>" if told else "(empty)"


def _part(part: Part) -> str:
    if part.op == "left out":
        return f"[… {part.text} characters …]"
    tag = _TAGS.get(part.op)
    told = inert(part.text)
    return f"<{tag}>{told}</{tag}>" if tag else told
