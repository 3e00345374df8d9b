"""Ctrl-C while a search runs: the first one ends the search, the second one the program."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Interruption:
    """Hears Ctrl-C in a program's main thread, where Python hears signals.

    Args:
        say: Takes the line that tells what happens now; called in a thread of its own, because
            a signal may come while the main thread is writing.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._is_asked = False

    def is_asked(self) -> bool:
        """Whether somebody has asked to stop."""
        return self._is_asked

    @contextmanager
    def heard(self, then: str) -> Iterator[None]:
        """Hears within the block; before and after it, Ctrl-C does what it did.

        Args:
            then: What the program does with what there is by then, for people.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def hear(number: int, frame: Any) -> None:
            if self._is_asked:
                raise KeyboardInterrupt
            self._is_asked = True
            told = f"stopping: the calls in flight end, {then}; Ctrl-C again stops at once"
            threading.Thread(target=self._say, args=(told,), daemon=True).start()

        before = signal.signal(signal.SIGINT, hear)
        try:
            yield
        finally:
            # None: it was not Python that set it, so nothing of Python can put it back.
            signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
