"""Letters that are drawn as nothing, or as a blank that is none."""

from __future__ import annotations

import re
import unicodedata

BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Fillers of Hangul, and the pattern of Braille without a dot: letters that look like blanks."""

_BLANKS = " \u00a0\u202f\u3000"
"""Blanks that people type; others differ in width alone."""

# What Unicode calls ignorable, and Python knows as marks: joiners, vowels without a shape, and
# selectors of variants.
_NOTHING = re.compile(
    "[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001d159]"
)
_EMOJI_STYLE = "\ufe0f"
_KEYCAP = "\u20e3"


def is_unseen(letter: str) -> bool:
    """Tells whether nobody sees a letter: a control, a format, a filler, a variant's selector.

    An ordinary blank is seen, a line break or another width of a blank is not.
    """
    if " " <= letter <= "~":
        return False
    kind = unicodedata.category(letter)
    if kind in ("Zs", "Zl", "Zp"):
        return letter not in _BLANKS
    return kind.startswith("C") or letter in BLANK_LETTERS or bool(_NOTHING.match(letter))


def has_unseen(text: str) -> bool:
    """Tells whether a text has a letter that nobody sees, but for line breaks.

    The selector that makes an emoji colourful may stand right behind one.
    """
    return any(
        is_unseen(letter) and letter != "\n" and not _is_emoji_style(text, place)
        for place, letter in enumerate(text)
    )


def _is_emoji_style(text: str, place: int) -> bool:
    """Tells whether a selector stands where people's keyboards put one."""
    if text[place] != _EMOJI_STYLE or not place:
        return False
    before, behind = text[place - 1], text[place + 1 : place + 2]
    if before in "#*0123456789":
        return behind == _KEYCAP
    is_symbol = not before.isascii() and unicodedata.category(before) in ("So", "Sm")
    return is_symbol and not is_unseen(before)


def without_unseen(text: str) -> str:
    """Returns a text without the letters that nobody sees."""
    return "".join(letter for letter in text if not is_unseen(letter))
