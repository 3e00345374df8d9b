"""What a large collection has made, kept from Python's collector of garbage."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = 1_000
"""Tests from which on looking through all of them again and again takes time that is felt."""


class SetAside:
    """Lets the collector of garbage leave out what stays until the end of a run.

    With ten thousand golden examples it looks through a million objects several times a run, and
    at the end of pytest and of the process once more, which takes a seventh of a replay's time.
    """

    def __init__(self) -> None:
        self._is_done = False

    def items(self, items: Sequence[object]) -> None:
        """Sets aside what is there by now, where that is much.

        What an earlier run in this process has set aside may go: the process is one that runs
        pytest more than once.
        """
        if self._is_done:
            gc.unfreeze()
            self._is_done = False
        if len(items) >= MANY and not gc.get_freeze_count():
            gc.freeze()
            self._is_done = True


SET_ASIDE = SetAside()
"""The process has one collector."""
