"""Regular expressions of users: Python's syntax, and a limit for time and memory."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib import import_module
from typing import Any

from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import PromptEvoError

SECONDS = 1.0
"""What one search may take; the patterns that people write take a thousandth of it."""

_LARGEST = 50_000
"""Parts of a pattern once its repeats are written out: that many take 30 to 60 MB."""

_WIDE = 64
"""Letters of a range that count as a part: where case is ignored, each letter is looked at."""

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?:\d+(?:,\d*)?|,\d*)\}|\{", re.DOTALL)


class SlowPattern(PromptEvoError):
    """A pattern takes too long for a text: what it says of it is not known.

    Attributes:
        pattern: The pattern.
    """

    def __init__(self, message: str, pattern: str) -> None:
        super().__init__(message, pattern)
        self.pattern = pattern

    def __str__(self) -> str:
        return str(self.args[0])


class Pattern:
    """A pattern that is searched for as by `re`, and given up after a time.

    Attributes:
        pattern: Its text, as messages show it.
    """

    def __init__(self, pattern: str, engine: Any) -> None:
        self.pattern = pattern
        self._engine = engine

    def search(self, text: str) -> bool:
        """Whether the pattern is found in a text.

        Raises:
            SlowPattern: if that takes longer than a second.
        """
        return self._find(self._engine.search, text)

    def match(self, text: str) -> bool:
        """Whether the pattern is found where a text begins; raises as `search` does."""
        return self._find(self._engine.match, text)

    def _find(self, find: Any, text: str) -> bool:
        try:
            return find(text, timeout=SECONDS, concurrent=True) is not None
        except TimeoutError:
            raise SlowPattern(
                f"the pattern {shorten(repr(self.pattern), 120)} takes more than {SECONDS:g} s for "
                f"a text of {len(text):,} characters: write it so that a text fits in one way only "
                "(a repeat in a repeat, as in (a|aa)+, is what takes so long)",
                self.pattern,
            ) from None


@lru_cache(maxsize=1024)
def compiled_pattern(pattern: str, *, ignore_case: bool = False, written: str = "") -> Pattern:
    """Returns a pattern in the syntax of `re`.

    Python's own module says what a pattern means and whether it is one; it has no limit of
    time, so the `regex` package, which takes the same syntax, does the searching.

    Args:
        pattern: The pattern.
        ignore_case: Whether upper and lower case are the same.
        written: What messages call it, if that is not the pattern itself.

    Raises:
        ValueError: if it is none, or one that would fill the memory.
    """
    import regex

    flags = re.IGNORECASE if ignore_case else 0
    try:
        if _size(_parsed(pattern)) > _LARGEST:
            raise ValueError(f"its repeats and ranges make more than {_LARGEST:,} parts")
        re.compile(pattern, flags)
        engine = regex.compile(
            _TOKEN.sub(_literal_brace, pattern), regex.IGNORECASE if ignore_case else 0
        )
    except (re.error, regex.error, ValueError, OverflowError, RecursionError) as exc:
        shown = shorten(repr(pattern), 120)
        raise ValueError(f"{shown} is no pattern: {exc}") from None
    return Pattern(written or pattern, engine)


def _literal_brace(match: re.Match[str]) -> str:
    """A brace that repeats nothing is a brace to `re`, and may be more to `regex`."""
    return r"\{" if match[0] == "{" else match[0]


def _parsed(pattern: str) -> Any:
    parser = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    return parser.parse(pattern)


def _size(parsed: Any) -> int:
    """Returns how many parts a parsed pattern has once its repeats are written out."""
    if isinstance(parsed, (list, tuple)) or hasattr(parsed, "getwidth"):
        parts = list(parsed)
        if len(parts) == 2 and str(parts[0]).endswith("REPEAT"):
            least, _, inner = parts[1]
            return max(1, int(least)) * _size(inner)
        if len(parts) == 2 and str(parts[0]) == "RANGE":
            first, last = parts[1]
            return 1 + (int(last) - int(first)) // _WIDE
        return sum(map(_size, parts))
    return 1
