"""Two texts as one, with the words that went and those that came."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

_MOST_WORDS = 800
"""Words of a text up to which texts are compared: the time grows with their square."""

_ALIKE = 0.5
"""Share of the shorter text's words that both have, below which they are shown apart."""


class Part(NamedTuple):
    """A part of the result: ``same``, ``del`` or ``ins``, and its text."""

    kind: str
    text: str


def word_diff(before: str, now: str) -> list[Part]:
    """Returns the parts of two texts in order; nothing where they have too little in common.

    Args:
        before: The old text.
        now: The new one.
    """
    if before == now:
        return [Part("same", now)]
    old, new = _WORDS.findall(before), _WORDS.findall(now)
    if max(len(old), len(new)) > _MOST_WORDS or not old or not new:
        return []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    blocks = matcher.get_matching_blocks()
    shared = sum(_words(old[start : start + size]) for start, _, size in blocks)
    if shared < _ALIKE * min(_words(old), _words(new)):
        return []
    parts = []
    for kind, start, end, from_, to in matcher.get_opcodes():
        if kind == "equal":
            parts.append(Part("same", "".join(old[start:end])))
            continue
        if end > start:
            parts.append(Part("del", "".join(old[start:end])))
        if to > from_:
            parts.append(Part("ins", "".join(new[from_:to])))
    return parts


def _words(parts: list[str]) -> int:
    return sum(not part.isspace() for part in parts)
