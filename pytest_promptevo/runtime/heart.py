"""The two threads that keep a process and its store together."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REFRESH_SECONDS = 1.0
"""How often the store is looked at."""


class Beat:
    """A daemon thread that does something again and again, until it is stopped.

    Args:
        name: Name of the thread.
        work: What it does; it must not raise.
        seconds: From the start of one time to that of the next.
        jitter: Share by which the time varies, so that processes do not move in step.
    """

    def __init__(
        self, name: str, work: Callable[[], None], seconds: float, jitter: float = 0.0
    ) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._jitter = jitter
        self._thread: threading.Thread | None = None
        self._new()

    @property
    def is_on(self) -> bool:
        """Whether the thread was started, in this process."""
        return self._thread is not None

    def start(self) -> None:
        """Starts the thread, unless it runs, or the system has none to give: later, perhaps."""
        with self._guard:
            if self._thread is None and not self._stopped:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                with suppress(RuntimeError, MemoryError):
                    thread.start()
                    self._thread = thread

    def now(self, seconds: float) -> bool:
        """Has it done at once and waits for that.

        Args:
            seconds: How long to wait at most.

        Returns:
            Whether it was done in time.
        """
        self._done.clear()
        self._wanted.set()
        return self._done.wait(seconds)

    def hurry(self) -> None:
        """Has it done at once, and waits for nothing."""
        self._wanted.set()

    def stop(self) -> None:
        """Stops the thread and waits for it a little. Stopping twice is fine."""
        self._stopped = True
        self._wanted.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5.0)

    def forget(self) -> None:
        """In a child process: the thread is the parent's, a new one can be started."""
        self._new()

    def _new(self) -> None:
        self._guard = threading.Lock()
        self._wanted = threading.Event()
        self._done = threading.Event()
        self._stopped = False
        self._thread = None

    def _run(self) -> None:
        while not self._stopped:
            started = time.monotonic()
            self._wanted.clear()
            self._work()
            self._done.set()
            varied = self._seconds * (1 + self._jitter * (2 * random.random() - 1))
            self._wanted.wait(max(0.0, started + varied - time.monotonic()))
