"""Ctrl-C while models are asked: what it ends, and what it waits for."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_SILENT_S = 1.0
"""Seconds after which somebody who has pressed Ctrl-C is told what it waits for."""


@contextmanager
def told_waiting(say: Callable[[str], None]) -> Iterator[None]:
    """Raises at Ctrl-C as Python does, and says so where the end of the block takes a while.

    Calls in flight cannot be taken back: whoever raises in a block waits for their ends.

    Args:
        say: Takes the line; called in a thread of its own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told = "stopping: waiting for the calls in flight, whose answers are kept"
    timer = threading.Timer(_SILENT_S, say, (told,))
    timer.daemon = True

    def hear(number: int, frame: Any) -> None:
        if timer.ident is None:
            timer.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


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
            told = (
                f"stopping: the calls in flight end, {then}; Ctrl-C again ends the run after them"
            )
            threading.Thread(target=self._say, args=(told,), daemon=True).start()

        before = signal.signal(signal.SIGINT, hear)
        try:
            yield
        finally:
            # None: it was not Python that set it, so nothing of Python can put it back.
            signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
