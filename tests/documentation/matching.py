"""Whether what a sample shows is what was printed.

Words, their order and all lines must be the same, from the first to the last. Figures and
digests may differ, and with them blanks and rules, whose length they decide; empty lines do
not count. A line `...` stands for any lines, and `...` or `…` within a line for any text.
"""

from __future__ import annotations

import re

_DIGEST = re.compile(r"\b[0-9a-f]{7,}\b")
_NUMBER = re.compile(r"[-+]?\d[\d.,:]*(e[-+]?\d+)?")
_RULE = re.compile(r"([-=_])\1{2,}")
_GAP = re.compile(r"\\\.\\\.\\\.|…")


def difference(shown: str, printed: str) -> str:
    """Returns what is wrong with the shown output; nothing if it is right."""
    lines = _lines(printed)
    blocks = _blocks(shown)
    start = 0
    for number, block in enumerate(blocks):
        last = len(lines) - len(block)
        is_first, is_last = number == 0, number == len(blocks) - 1
        places = [start] if is_first else [last] if is_last else range(start, last + 1)
        if is_first and is_last and last:
            return f"{len(lines)} lines are printed, and {len(block)} are shown"
        found = [place for place in places if start <= place <= last and _fits(block, lines, place)]
        if not found:
            wanted = "\n".join(block)
            return f"not printed{' there' if len(blocks) > 1 else ''}:\n{wanted}"
        start = found[0] + len(block)
    return ""


def _lines(text: str) -> list[str]:
    return [line for line in map(_plain, text.splitlines()) if line]


def _plain(line: str) -> str:
    for pattern, instead in ((_DIGEST, "0"), (_NUMBER, "0"), (_RULE, r"\1\1\1")):
        line = pattern.sub(instead, line)
    return " ".join(line.split())


def _blocks(shown: str) -> list[list[str]]:
    """Returns the shown lines, apart where a line of dots stands between them."""
    blocks: list[list[str]] = [[]]
    for line in _lines(shown):
        if line == "...":
            blocks.append([])
        else:
            blocks[-1].append(line)
    return blocks


def _fits(block: list[str], lines: list[str], place: int) -> bool:
    pairs = zip(block, lines[place : place + len(block)], strict=True)
    return all(re.fullmatch(_GAP.sub(".*", re.escape(shown)), line) for shown, line in pairs)
