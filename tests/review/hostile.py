"""Texts that want to be more than text, in any mixture."""

# ruff: noqa: E501

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

CANARY = "zqxj"
"""Stands in every hostile text: where it is seen outside of code, the text has got out."""

PARTS = (
    "@everyone", "@octocat", "@org/team", "#1", "GH-1", "owner/repo#12", "a" * 40,
    "http://evil.example/x", "https://evil.example", "www.evil.example", "me@evil.example",
    "mailto:me@evil.example", "xmpp:me@evil.example", "ftp://evil.example",
    "[x](http://evil.example)", "![x](http://evil.example/p.png)", "[x][y]\n\n[y]: http://e.example",
    "<http://evil.example>", "<me@evil.example>", "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>", "<svg/onload=alert(1)>", "<iframe src=//e.example>",
    "<a href='javascript:alert(1)'>x</a>", "<style>*{display:none}</style>", "<textarea>", "<title>",
    "</pre>", "</code>", "</td></tr></table>", "</details>", "</summary>", "</blockquote>", "<pre>",
    "<code>", "<!--", "-->", "<!-- promptevo diff -->", "<![CDATA[", "]]>", "<?php", "?>",
    "<!DOCTYPE html>", "<details open>", "&lt;script&gt;", "&#60;img src=x&#62;", "&amp;#60;",
    "&#x3c;img src=x&#x3e;", "`", "``", "```", "`" * 20, "`" * 79, "`" * 80, "`" * 81,
    "`" * 130, "~~~", "```js\nalert(1)\n```",
    "\n```mermaid\ngraph TD;\n```\n", "*", "**", "***", "_", "__", "~~", "|", "||", "\\", "\\`", "$x$",
    "$`x`$", "$$x$$", ":tada:", "#ff0000", "- [ ] task", "\n\n# heading\n\n", "\n===\n", "\n---\n",
    "\n> [!CAUTION]\n> x\n", "\n\n<b>x</b>\n\n", "\n\n|a|b|\n|-|-|\n|c|d|\n\n", "[^1]\n\n[^1]: note",
    "\r\n\r\n", "\r", "\n", "\n\n\n", "\t", "    indented", "\x00", "\x07", "\x08", "\x1b[31m",
    "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07", "\x1b[2J", "\x9b31m", "\u202e", "\u2066", "\u2069",
    "\u200b", "\u200f", "\ufeff", "\u2028", "\u2029", "\x85", "\U000e0041", "\u0600", "\u0301" * 9,
    "\n::error file=x::y", "::set-output name=x::y", "##[error]x", "::add-mask::x", "%0A::error::x",
    "{{message}}", "{% raw %}", "${{ secrets.X }}", "\uff1cscript\uff1e", "\u00a0", "\u3000", " ", "  \n",
    "'", '"', "<", ">", "&", "(", ")", "]", "[", "!", "{", "}", "\U0001f600",
)  # fmt: skip
"""Pieces of hostile texts."""


def text(rng: Random, most: int = 12) -> str:
    """Returns a hostile text."""
    parts = [rng.choice(PARTS) for _ in range(rng.randint(1, most))]
    parts.insert(rng.randrange(len(parts) + 1), CANARY)
    joined = rng.choice(("", " ", "\n", "")).join(parts)
    # Now and then so long that it is cut somewhere in the middle of something.
    return joined * rng.choice((1,) * 30 + (200,))


def word(rng: Random) -> str:
    """Returns a hostile text that can be the id of an example: visible, no blank, no bracket."""
    made = "".join(letter for letter in text(rng, 4) if letter.isprintable())
    return "".join(letter for letter in made if not letter.isspace() and letter not in "[]:")[:100]
