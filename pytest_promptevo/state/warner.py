"""Warnings that do not flood a log."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pytest_promptevo.errors import printable

if TYPE_CHECKING:
    import logging

SECONDS = 60.0
"""Of one kind there is a warning in so many seconds at most."""


class Warner:
    """Logs a warning of each kind once a minute at most.

    Args:
        logger: Where to.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._last: dict[str, float] = {}

    def warn(self, kind: str, text: str) -> None:
        """Logs a warning, unless one of its kind was logged within the last minute."""
        now = time.monotonic()
        if now - self._last.get(kind, -SECONDS) >= SECONDS:
            self._last[kind] = now
            # A filter or handler of the application's that raises must not end a thread of ours.
            with suppress(Exception):
                self._logger.warning("%s", printable(text))
