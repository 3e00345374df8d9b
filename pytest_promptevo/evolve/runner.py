"""Runs evaluations side by side, sync or async, and leaves none behind."""

from __future__ import annotations

import threading
from collections.abc import Awaitable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from itertools import groupby
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from anyio.from_thread import BlockingPortal

Given = TypeVar("Given")
Made = TypeVar("Made")

CHUNK = 5
"""Fewest calls that one worker makes in a row, where as many belong together."""


class Runner(Generic[Given, Made]):
    """Applies a function to batches of arguments with a number of calls in flight.

    Awaitables that the function returns run on one event loop in a thread of its own,
    so that it does not matter whether the caller is inside a running loop.

    Args:
        function: What to call; it may return its value or an awaitable of it.
        workers: Most calls in flight.
        together: Returns what neighbouring arguments have in common that are best called one
            after the other: requests with the same prefix, which then is cached.
    """

    def __init__(
        self,
        function: Callable[[Given], Made | Awaitable[Made]],
        workers: int,
        together: Callable[[Given], Hashable] | None = None,
    ) -> None:
        self._function = function
        self._workers = workers
        self._together = together
        self._pool = ThreadPoolExecutor(workers, "promptevo") if workers > 1 else None
        self._loop = _Loop()

    def __enter__(self) -> Runner[Given, Made]:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._loop.close()

    def run(self, batch: Sequence[Given], late: Callable[[], bool]) -> list[tuple[Given, Made]]:
        """Returns the arguments of a batch with their values, in its order.

        Once `late` is true no further call starts; what has started is waited for.
        Arguments whose call has not started are then left out, wherever they stand.

        Raises:
            BaseException: whatever a call raised; calls that have not started never do.
        """
        if self._pool is None:
            return self._one_by_one(batch, late)
        closed = threading.Event()

        def start(chunk: list[Given]) -> list[tuple[Given, Made]]:
            made: list[tuple[Given, Made]] = []
            for argument in chunk:
                if closed.is_set() or late():
                    closed.set()
                    break
                made.append((argument, self._call(argument)))
            return made

        futures = [self._pool.submit(start, chunk) for chunk in self._chunks(batch)]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future in done:
                    future.result()
        except BaseException:
            closed.set()
            _drain(futures)
            raise
        return [pair for future in futures for pair in future.result()]

    def _chunks(self, batch: Sequence[Given]) -> list[list[Given]]:
        if self._together is None:
            return [[argument] for argument in batch]
        chunks = []
        for _, group in groupby(batch, self._together):
            arguments = list(group)
            size = max(CHUNK, -(-len(arguments) // self._workers))
            chunks += [arguments[index : index + size] for index in range(0, len(arguments), size)]
        return chunks

    def _one_by_one(
        self, batch: Sequence[Given], late: Callable[[], bool]
    ) -> list[tuple[Given, Made]]:
        made: list[tuple[Given, Made]] = []
        for argument in batch:
            if late():
                break
            made.append((argument, self._call(argument)))
        return made

    def _call(self, argument: Given) -> Made:
        value = self._function(argument)
        return self._loop.result(value) if isinstance(value, Awaitable) else value


def _drain(futures: list[Future[list[tuple[Given, Made]]]]) -> None:
    for future in futures:
        future.cancel()
    wait(futures)


class _Ending:
    """What ends the program, on its way from the loop to the caller."""

    def __init__(self, exc: BaseException) -> None:
        self.exc = exc


class _Loop:
    """An event loop in a thread of its own, started when first needed."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None

    def result(self, awaitable: Awaitable[Made]) -> Made:
        async def waited() -> Made | _Ending:
            try:
                return await awaitable
            except (KeyboardInterrupt, SystemExit) as exc:
                return _Ending(exc)  # raised on the loop, it would end that for all others

        future = self._started().start_task_soon(waited)
        try:
            result = future.result()
        except BaseException:
            future.cancel()
            raise
        if isinstance(result, _Ending):
            raise result.exc
        return result

    def close(self) -> None:
        """Ends the loop, and with it what the function has left running on it."""
        if self._portal is not None:
            self._portal.call(self._portal.stop, True)
            self._stack.close()

    def _started(self) -> BlockingPortal:
        with self._guard:
            if self._portal is None:
                from anyio.from_thread import start_blocking_portal

                self._portal = self._stack.enter_context(start_blocking_portal())
            return self._portal
