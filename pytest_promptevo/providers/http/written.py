"""A text in all the ways in which others write it: escaped, escaped again, or percent-encoded."""

from __future__ import annotations

import re

_MOST_SLASHES = 16
"""Backslashes that one may have become: so many after four escapes. It bounds the search."""

_UNLIKELY_WORD = 16
"""Letters from which on a text is looked for whatever its case: hosts and encodings lose it."""


def pattern_of(text: str) -> re.Pattern[str]:
    """Returns what finds a text as it is, as Python, JSON and URLs write it, and a mix of them."""
    # Backslashes go with the letter behind them: two counts beside each other would be tried in
    # all combinations, which a hostile text makes long.
    parts = (_part(*found) for found in re.findall(r"(\\*)([^\\]|\Z)", text, re.DOTALL))
    return re.compile("".join(parts), re.IGNORECASE if len(text) >= _UNLIKELY_WORD else 0)


def _part(backslashes: str, letter: str) -> str:
    count = len(backslashes)
    encoded = f"(?:%(?:25){{0,3}}5c){{{count}}}"
    if not letter or (letter.isascii() and letter.isalnum()):
        slashes = rf"\\{{{count},{count * _MOST_SLASHES}}}"
        return f"(?:{slashes}|(?i:{encoded})){letter}" if count else letter
    slashes = rf"\\{{{count},{(count + 1) * _MOST_SLASHES}}}"
    bytes_, units = _hex(letter, "utf-8", 2), _hex(letter, "utf-16-be", 4)
    sent = "".join(f"%(?:25){{0,3}}{byte}" for byte in bytes_)
    escaped = [
        slashes + rf"\\{{0,{_MOST_SLASHES}}}".join(f"{mark}{unit}" for unit in found)
        for mark, found in (("x", bytes_), ("u", units))
    ]
    own = re.escape(letter)
    return f"(?:{slashes}{own}|(?i:{slashes}{sent}|{'|'.join(escaped)}|{encoded}(?:{own}|{sent})))"


def _hex(letter: str, encoding: str, width: int) -> list[str]:
    text = letter.encode(encoding, "surrogatepass").hex()
    return [text[at : at + width] for at in range(0, len(text), width)]
