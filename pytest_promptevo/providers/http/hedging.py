"""Asks an idle server, too, where another one is slow: hedged requests.

The idea is that of Dean and Barroso, "The Tail at Scale" (2013): the last calls of a batch are
what everybody waits for, and a server that has nothing to do costs nothing.
"""

from __future__ import annotations

import threading
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

S = TypeVar("S")
T = TypeVar("T")

_WEIGHT = 0.2
"""Of the newest call in the typical time of a server's calls."""

_FIRST_WAIT_S = 10.0
"""Before a second server is asked where nobody knows yet how long a call takes."""

_SHORTEST_LOOK_S = 0.005
_LONGEST_LOOK_S = 0.5


@dataclass
class Pace:
    """How long a server's calls take.

    Attributes:
        typical_s: Exponentially weighted mean of the seconds of a call; None before the first.
    """

    typical_s: float | None = None

    def note(self, seconds: float) -> None:
        """Notes the time of an answered call."""
        known = self.typical_s
        self.typical_s = seconds if known is None else known + _WEIGHT * (seconds - known)


def is_worth_asking(age_s: float, slow: Pace, idle: Pace) -> bool:
    """Whether an idle server probably answers before the one that was asked.

    Args:
        age_s: How long the call has taken.
        slow: Of the server that was asked.
        idle: Of the server that has nothing to do.
    """
    there, here = slow.typical_s, idle.typical_s
    known = [each for each in (there, here) if each is not None]
    if here is None or age_s < here:
        return age_s >= (2 * max(known) if known else _FIRST_WAIT_S)
    return there is None or age_s >= 2 * there or there - age_s > here


def hedged(attempt: Callable[[S], T], first: S, second: Callable[[], S | None]) -> T:
    """Returns the answer that comes first of one server, or of two.

    An attempt that is not waited for any more ends by itself, in its thread.

    Args:
        attempt: Asks a server.
        first: The server that is asked.
        second: Returns a server to ask as well as soon as that is worth it; called again and
            again until it has returned one.

    Raises:
        BaseException: what the attempts have raised, where none has an answer.
    """
    race = _Race[S, T](attempt)
    race.start(first)
    look_s = _SHORTEST_LOOK_S
    while True:
        try:
            return race.answer(look_s if race.asked == 1 else None)
        except Empty:
            look_s = min(2 * look_s, _LONGEST_LOOK_S)
        if (server := second()) is not None:
            race.start(server)


class _Race(Generic[S, T]):
    def __init__(self, attempt: Callable[[S], T]) -> None:
        self.asked = 0
        self._attempt = attempt
        self._lost = 0
        self._ended: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

    def start(self, server: S) -> None:
        self.asked += 1
        run = copy_context().run
        threading.Thread(target=run, args=(self._run, server), daemon=True).start()

    def answer(self, seconds: float | None) -> T:
        """Returns the first answer, or raises the last error, or `Empty` after some seconds."""
        while True:
            found, error = self._ended.get(timeout=seconds)
            if error is None:
                answer: T = found
                return answer
            self._lost += 1
            if self._lost == self.asked:
                raise error

    def _run(self, server: S) -> None:
        try:
            self._ended.put((self._attempt(server), None))
        except BaseException as error:  # it is raised where it is waited for
            self._ended.put((None, error))
