"""SQLite files that anybody may have made: a file can be committed, though its folder is ignored.

What stands in the schema of a file is run with the statements of who opens it: views, triggers,
computed columns, conditions of indexes.
"""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shorten

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_MOST_OBJECTS = 100
_LARGEST_VALUE = 64 << 20
_STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock: about a millisecond."""

_PART = re.compile(r"\w+|[(),]|\s+")
_MADE = re.compile(r"\s+IF\s+NOT\s+EXISTS\b", re.IGNORECASE)
_TABLE = re.compile(r"CREATE\s+TABLE\b", re.IGNORECASE)
_TOO_LONG = "interrupted"


class Patience:
    """Ends statements of a connection that take too long.

    Args:
        connection: The connection.
        seconds: How long all statements together may take after `begin`.
    """

    def __init__(self, connection: sqlite3.Connection, seconds: float) -> None:
        self._seconds = seconds
        self._end = 0.0
        self.begin()
        connection.set_progress_handler(self._is_over, _STEPS)

    def begin(self) -> None:
        """Lets the time begin anew."""
        self._end = time.monotonic() + self._seconds

    def _is_over(self) -> bool:
        return time.monotonic() > self._end


def check_schema(connection: sqlite3.Connection, known: Iterable[str]) -> None:
    """Refuses a file that holds more than tables and indexes of ours; trusts it no further.

    Tables of older versions differ in columns, so each is taken that is made of nothing but
    words of ours: none of them computes anything.

    Args:
        connection: A connection that has a `Patience`.
        known: The statements that make, or in older versions made, tables and indexes.

    Raises:
        sqlite3.DatabaseError: if it does.
    """
    import sqlite3

    if sys.version_info >= (3, 11):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    query = "SELECT type, name, sql FROM sqlite_master LIMIT ?"
    found = connection.execute(query, (_MOST_OBJECTS + 1,)).fetchall()
    if len(found) > _MOST_OBJECTS:
        raise sqlite3.DatabaseError(f"it holds more than {_MOST_OBJECTS} tables and indexes")
    texts = [_plain(text) for text in known]
    words = {word for text in texts if _TABLE.match(text) for word in _words(text) or ()}
    for kind, name, text in found:
        if not _is_ours(kind, text, texts, words):
            raise sqlite3.DatabaseError(
                f"no version of pytest-promptevo has made its {kind} {shorten(repr(name), 60)}"
            )


def _is_ours(kind: object, text: object, texts: list[str], words: set[str]) -> bool:
    if kind == "index":  # one that a key of a table needs has no text
        return text is None or (isinstance(text, str) and _plain(text) in texts)
    if kind != "table" or not isinstance(text, str) or not _TABLE.match(text):
        return False
    found = _words(text)
    return found is not None and set(found) <= words


def _plain(text: str) -> str:
    return _MADE.sub("", text)


def _words(text: str) -> list[str] | None:
    """Returns the words of a statement, or None where it has more than words, commas, brackets."""
    if _PART.sub("", text):
        return None
    return [part.lower() for part in re.findall(r"\w+", text)]


def reason(exc: Exception) -> str:
    """Returns what went wrong, for people."""
    return "it takes too long" if str(exc) == _TOO_LONG else str(exc)
