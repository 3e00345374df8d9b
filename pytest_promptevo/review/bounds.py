"""How much of a change is read: a small commit may hold one file under any number of names."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_BYTES = 128 << 20
"""Bytes of an end that are read at most: a file that many suites name counts each time."""

_MOST_FILES = 2_000
"""Suites of an end, and locks, that are read at most."""

_MOST_EXAMPLES = 200_000
"""Golden examples of all suites of an end."""

_HINT = "name folders behind the commits"


class Bounds:
    """Counts what is read of an end.

    Args:
        label: What people call it.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._size = self._examples = 0

    def counted(self, content: bytes) -> bytes:
        """Returns what was read.

        Raises:
            SettingsError: if it is too much with all that was read before.
        """
        self._size += len(content)
        if self._size > _MOST_BYTES:
            raise SettingsError(
                f"{self._label}: suites, golden examples and recordings of more than "
                f"{_MOST_BYTES >> 20} MiB: {_HINT}"
            )
        return content

    def count_examples(self, count: int) -> None:
        """Counts the golden examples of a suite, also where another one has the same.

        Raises:
            SettingsError: if there are too many.
        """
        self._examples += count
        if self._examples > _MOST_EXAMPLES:
            raise SettingsError(
                f"{self._label}: more than {_MOST_EXAMPLES:,} golden examples: {_HINT}"
            )


def bounded(paths: Iterator[Path], label: str, what: str) -> list[Path]:
    """Returns paths, sorted.

    Args:
        paths: The paths.
        label: What people call the end that they are of.
        what: What lies there, in the plural.

    Raises:
        SettingsError: if there are too many.
    """
    found = list(islice(paths, _MOST_FILES + 1))
    if len(found) > _MOST_FILES:
        raise SettingsError(f"{label}: more than {_MOST_FILES:,} {what}: {_HINT}")
    return sorted(found)
