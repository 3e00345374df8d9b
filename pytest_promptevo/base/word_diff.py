"""Two texts word by word: what both have, what one lost, what the other gained."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD = re.compile(r"\s+|\w+|[^\w\s]")

_MOST_LINES = 400
_MOST_WORDS = 600
"""What is compared as lines, and as words of lines that differ: the time of a comparison grows
with the square of these, at worst."""

_AROUND = 120
"""Letters of what both texts have that are shown around what differs, where texts are long."""

_LONGEST_WORD = 60

Op = Literal["same", "gone", "new", "left out"]


class Part(NamedTuple):
    """A piece of two texts.

    Attributes:
        op: Whether both have it, or which; ``left out`` says how many letters are not shown.
        text: The text.
    """

    op: Op
    text: str


def word_diff(before: str, after: str, width: int) -> list[Part]:
    """Returns two texts as one sequence of parts of bounded length.

    Args:
        before: The first text.
        after: The second text.
        width: How many letters of each are shown at most. What both have at their start and end
            is left out first, as far as that is needed.
    """
    if before == after:
        return _cut("same", before, width)
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    head = before[:start]
    tail = before[len(before) - end :] if end else ""
    if max(len(before), len(after)) <= width:
        skipped_head = skipped_tail = 0
    else:
        skipped_head, skipped_tail = (max(0, each - _AROUND) for each in (start, end))
    middle = [text[start : len(text) - end] for text in (before, after)]
    room = max(width - (start - skipped_head) - (end - skipped_tail), _AROUND)
    cut = [text[:room] for text in middle]
    parts = [
        *_left_out(skipped_head),
        Part("same", head[skipped_head:]),
        *_by_lines(*cut),
        *_left_out(max(len(text) for text in middle) - max(len(text) for text in cut)),
        Part("same", tail[: len(tail) - skipped_tail]),
        *_left_out(skipped_tail),
    ]
    return list(_joined(part for part in parts if part.text))


def _cut(op: Op, text: str, width: int) -> list[Part]:
    return [Part(op, text[:width]), *_left_out(len(text) - width)] if text else []


def _left_out(count: int) -> list[Part]:
    return [Part("left out", f"{count:,}")] if count > 0 else []


def _common(one: str, other: str) -> int:
    """Returns how many letters two texts have in common at their start, up to whole words."""
    least = min(len(one), len(other))
    low, high = 0, least
    while low < high:  # comparing slices is faster than letters, and texts may have millions
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    start = low
    while low > 0 and start - low < _LONGEST_WORD and _splits_a_word(one, other, low):
        low -= 1
    return low if start - low < _LONGEST_WORD else start


def _splits_a_word(one: str, other: str, at: int) -> bool:
    is_inside = one[at - 1 : at].isalnum()
    return is_inside and any(text[at : at + 1].isalnum() for text in (one, other))


def _by_lines(before: str, after: str) -> Iterator[Part]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > _MOST_LINES:
        yield from (Part("gone", before), Part("new", after))
        return
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = "".join(old[a:b]), "".join(new[c:d])
        if op == "equal":
            yield Part("same", was)
        else:
            yield from _by_words(was, now)


def _by_words(before: str, after: str) -> Iterator[Part]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        yield from (Part("gone", before), Part("new", after))
        return
    gone: list[str] = []
    came: list[str] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op != "equal":
            gone += old[a:b]
            came += new[c:d]
        elif _is_blank(old[a:b]) and gone and came and b < len(old):
            gone += old[a:b]  # a blank between two changed words parts nothing
            came += old[a:b]
        else:
            yield from (Part("gone", "".join(gone)), Part("new", "".join(came)))
            gone, came = [], []
            yield Part("same", "".join(old[a:b]))
    yield from (Part("gone", "".join(gone)), Part("new", "".join(came)))


def _is_blank(words: Sequence[str]) -> bool:
    return all(word.isspace() and "\n" not in word for word in words)


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Yields parts, those of one kind in a row as one."""
    last: Part | None = None
    for part in parts:
        if last is not None and last.op == part.op != "left out":
            last = Part(part.op, last.text + part.text)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last
