"""Words of texts as they are compared where one may quote the other, however it is disguised."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pytest_promptevo.base.unseen import BLANK_LETTERS, is_unseen
from pytest_promptevo.suite import normal_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])"
)
"""Letters of scripts without blanks between words: each counts as a word."""

_APOSTROPHES = "'\u2019\u02bc"
_POSSESSIVE = re.compile(rf"(?<=\w)[{_APOSTROPHES}]s\b", re.IGNORECASE)
_ANY_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")

# Small letters of other alphabets that look like Latin ones, or whose capitals do. Which of two
# it is does not matter, as long as it is always the same.
_LOOK_ALIKE = dict(
    zip(
        "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458\u0455"
        "\u04bb\u0501\u051b\u051d\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1"
        "\u03c4\u03c5\u03c7\u03f2\u03f3\u0131\u0251\u0261",
        "abekmhopctyxijshdqwabezhikmvoptuxcjiag",
        strict=True,
    )
)


def words(text: str) -> list[str]:
    """Returns the words of a text: what is joined by ``_`` is several, ``Ann's`` is ``Ann``.

    Marks on letters, letters that nobody sees and other alphabets' letters of the same look make
    no other word.
    """
    plain = _POSSESSIVE.sub("", text if text.isascii() else _undisguised(text))
    return normal_text.words(_UNSPACED.sub(r" \1 ", plain.replace("_", " ")))


def parts(text: str) -> list[str]:
    """Returns the words of a text, cut at apostrophes: ``d'Ann`` is two."""
    return words(_ANY_APOSTROPHE.sub(" ", _POSSESSIVE.sub("", text)))


def has_apostrophe(text: str) -> bool:
    """Tells whether there is more than one way to cut a text into words."""
    return bool(_ANY_APOSTROPHE.search(text))


def grams(found: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    """Yields the runs of so many words."""
    for start in range(len(found) - length + 1):
        yield tuple(found[start : start + length])


def squeezed(found: Iterable[str]) -> str:
    """Returns the letters and digits of words, and nothing between them."""
    return "".join(filter(str.isalnum, "".join(found)))


def _undisguised(text: str) -> str:
    """Returns a text in small plain letters, of one alphabet where they look alike."""
    return unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)


class _Plain(dict[int, str]):
    """What stands for a letter: a blank, another letter, or nothing; learned as they come."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if letter in BLANK_LETTERS or letter.isspace():
            plain = " "
        elif unicodedata.category(letter) in ("Mn", "Me") or is_unseen(letter):
            plain = ""
        else:
            plain = _LOOK_ALIKE.get(letter, letter)
        self[code] = plain
        return plain


_PLAIN = _Plain()
