"""A table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

if TYPE_CHECKING:
    from collections.abc import Sequence


def narrow(rows: Sequence[Sequence[str]]) -> str:
    """Returns a table whose columns are as wide as they need; a library's head adds blanks.

    Args:
        rows: The head, then the rows.
    """
    rule = ["-" * max(map(len, column)) for column in zip(*rows, strict=True)]
    return tabulate([rows[0], rule, *rows[1:]], tablefmt="plain", disable_numparse=True)
