"""Two texts in one: words that went and words that came."""

from __future__ import annotations

from difflib import SequenceMatcher

from pytest_promptevo.base.text import shorten

_LONGEST = 2_000
_MOST_WORDS = 2_000


def word_diff(before: str, after: str) -> str:
    """Returns a text on one line, with ``[-what went-]`` and ``{+what came+}``.

    Line breaks count as blanks. Of very long texts the new one alone is told.
    """
    old, new = before.split(), after.split()
    if len(old) + len(new) > _MOST_WORDS:
        return shorten(" ".join(new), _LONGEST)
    parts = []
    for kind, start, end, first, last in SequenceMatcher(None, old, new, False).get_opcodes():
        if kind == "equal":
            parts.append(" ".join(new[first:last]))
            continue
        if start < end:
            parts.append(f"[-{' '.join(old[start:end])}-]")
        if first < last:
            parts.append(f"{{+{' '.join(new[first:last])}+}}")
    return shorten(" ".join(parts), _LONGEST)
