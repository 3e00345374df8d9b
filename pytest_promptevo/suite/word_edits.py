"""In which words two texts differ, and whether one word is a typo of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def differing(one: Sequence[str], other: Sequence[str]) -> list[int]:
    """Returns the places in which two texts of as many words differ."""
    pairs = zip(one, other, strict=True)
    return [index for index, (left, right) in enumerate(pairs) if left != right]


def is_one_more(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether one text is the other with one word more."""
    if len(long) != len(short) + 1:
        return False
    same = next((i for i, word in enumerate(short) if word != long[i]), len(short))
    return short[same:] == long[same + 1 :]


def is_typo(one: str, other: str) -> bool:
    """Whether a letter more, fewer or other, or two swapped, make one word of the other."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    start = next(
        (index for index, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = long[start + 1 : start + 2] + long[start : start + 1] + long[start + 2 :]
    return short[start:] == swapped or short[start + 1 :] == long[start + 1 :]
