"""Texts that try to be more than texts: of HTML, Markdown, terminals, scripts of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

MARKS = {*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0))} - {"\n", "\t"} | {
    *"\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
}
"""Letters that nobody sees, and that move or hide others."""

_PIECES = (
    *("<", ">", "</", "/>", "&", "&lt;", "&#x3c;", '"', "'", "`", "=", "<!--", "-->", "<![CDATA["),
    *("]]>", "{{", "}}", "{%", "%}", "{#", "\\", "\x00", "\n", "\r\n", "\t", "\u2028", "\x85"),
    *("script", "img src=x", "onerror=alert(1)", "style", "svg", "iframe", "textarea", "title"),
    *("a href=javascript:alert(1)", "base href=//x", "meta http-equiv=refresh", "plaintext", "xmp"),
    *("</script>", "</style>", "</pre>", "</details>", "</table>", "</svg>", "</body>", "</html>"),
    *("\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800"),
    *("![x](http://x)", "[x](javascript:x)", "@someone", "#12", "::error::x", "| --- |", "**x**"),
    *("\u0301" * 40, "\U0001f469\u200d\U0001f4bb", "مرحبا", "שלום", "北京", "ﷺ", "\uffff"),
    *("url(http://x)", "expression(alert(1))", "@import 'x';", "a" * 300, " " * 50),
)


def hostile_texts(rng: random.Random, count: int) -> Iterator[str]:
    """Yields texts made of what parsers stumble over."""
    for _ in range(count):
        pieces = rng.choices(_PIECES, k=rng.randint(1, 30))
        if rng.random() < 0.3:
            pieces += [chr(rng.randrange(0x110000)) for _ in range(rng.randint(1, 30))]
            rng.shuffle(pieces)
        yield "".join(pieces)
