"""Texts without what makes no other example of them: case, blanks, punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator

# A sign belongs to its number, and so do dots and commas between digits: 1.5 is neither 15 nor
# -1.5. Symbols (+, <, $, emoji) are no punctuation: they stay, each a word of its own.
_NUMBER = r"(?<!\w)-(?=\d)|(?<=\d)[.,:/](?=\d)|(?<=\d)%"
_WORD = re.compile(rf"(?:\w+|{_NUMBER})+|[^\w\s]")
_SHORT = 1_000
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc")


def words(text: str) -> list[str]:
    """Returns the words of a text in lower case; punctuation is left out.

    A text of punctuation alone keeps it: ``:)`` is not ``:(``.
    """
    if text.isascii():  # then the rest does the same, only slower
        plain = text.lower().replace("'", "")
    else:
        plain = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
        plain = "".join(char for char in plain if char.isascii() or not _is_invisible(char))
    found = _WORD.findall(plain)
    return [word for word in found if len(word) > 1 or not _is_punctuation(word)] or found


def normal(value: Any) -> str:
    """Returns a JSON value as canonical text, its texts without case, blanks, punctuation."""
    return canonical_json(_normal(value))


def leaves(value: Any) -> str:
    """Returns all texts and numbers of a JSON value in one text."""
    return " ".join(_leaves(value))


def _is_invisible(char: str) -> bool:
    """Whether nobody sees it: format characters, and what chooses a glyph's variant."""
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return is_selector or unicodedata.category(char) == "Cf"


@lru_cache(maxsize=1_000)
def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith("P") and char not in "*/&%@#"


@lru_cache(maxsize=2_000)
def _short_text(text: str) -> str:
    return " ".join(words(text))


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        # A run asks for the same inputs several times: contradictions, duplicates, digests.
        return _short_text(value) if len(value) <= _SHORT else " ".join(words(value))
    if isinstance(value, dict):
        return {name: _normal(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(part) for part in value]
    return value


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name in sorted(value):
            yield from _leaves(value[name])
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _leaves(part)
    else:
        yield value if isinstance(value, str) else canonical_json(value)


def tidied(value: Any) -> Any:
    """Returns a value without blanks that nobody needs: at the ends of texts, several in a row."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict):
        return {name: tidied(part) for name, part in value.items()}
    return [tidied(part) for part in value] if isinstance(value, (list, tuple)) else value
