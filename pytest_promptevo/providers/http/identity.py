"""The one digest that a model has during a run, on all of its servers."""

from __future__ import annotations

import threading


class Identity:
    """Remembers the first digest that it is told.

    Attributes:
        digest: That digest, or an empty text.
    """

    def __init__(self) -> None:
        self.digest = ""
        self._lock = threading.Lock()

    def accepts(self, digest: str) -> bool:
        """Tells whether a server's digest is the first one that was told, or the same."""
        with self._lock:
            self.digest = self.digest or digest
            return digest == self.digest
