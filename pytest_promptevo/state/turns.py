"""Writers of a file take turns: a lock that the system frees with the process."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FIRST_PAUSE = 0.0002
_LONGEST_PAUSE = 0.002


class Turns:
    """Turns of the threads and processes that share a lock file.

    The file stays open between turns: opening it for each takes longer than a turn.

    Args:
        path: The lock file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.Lock()
        self._descriptor: int | None = None

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Waits for a turn, which ends with the block.

        Args:
            seconds: How long to wait at most.

        Raises:
            TimeoutError: if others take longer.
            OSError: if the lock file cannot be made.
        """
        patience = time.monotonic() + seconds
        if not self._threads.acquire(timeout=max(seconds, 0)):
            raise TimeoutError(f"{self.path} is busy")
        try:
            descriptor = self._opened()
            pause = _FIRST_PAUSE
            while not _take(descriptor):
                if time.monotonic() >= patience:
                    raise TimeoutError(f"{self.path} is busy")
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                yield
            finally:
                _give_back(descriptor)
        finally:
            self._threads.release()

    def forget(self) -> None:
        """Opens the file anew for the next turn; in a child process nothing is held."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
        self._threads = threading.Lock()

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            self._descriptor = os.open(self.path, flags, 0o666)
        return self._descriptor


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give_back(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _give_back(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
