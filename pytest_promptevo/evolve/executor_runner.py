"""Runs evaluations on an executor of the caller's: processes, or other machines."""

from __future__ import annotations

import math
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Given = TypeVar("Given")


class ExecutorRunner(Generic[Given]):
    """Applies a function to batches of arguments; does not close the executor.

    Args:
        executor: Anything of the interface of `concurrent.futures`.
        function: What to call, where it is called: it must go there, by pickle say.
        arguments: Returns what the function is called with.
        workers: Most calls that are handed over at once; None for a whole batch, of which the
            executor runs as many as it can.
    """

    def __init__(
        self,
        executor: Executor,
        function: Callable[..., Any],
        arguments: Callable[[Given], tuple[Any, ...]],
        workers: int | None,
    ) -> None:
        self._executor = executor
        self._function = function
        self._arguments = arguments
        self._workers = math.inf if workers is None else workers

    def __enter__(self) -> ExecutorRunner[Given]:
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves the executor to its owner."""

    def run(self, batch: Sequence[Given], late: Callable[[], bool]) -> list[tuple[Given, Any]]:
        """Returns the arguments of a batch with their values, in its order.

        Once `late` is true no further call starts; what has started is waited for.

        Raises:
            BaseException: whatever a call or the executor raised; calls that have not started
                never do.
        """
        futures: dict[int, Future[Any]] = {}
        running: set[Future[Any]] = set()
        try:
            for index, given in enumerate(batch):
                while len(running) >= self._workers and not late():
                    running = _others(running)
                if late():
                    break
                futures[index] = self._submitted(given)
                running.add(futures[index])
            while running:
                if late():
                    running = _not_taken_back(running)
                running = _others(running)
        except BaseException:
            wait(_not_taken_back(running))
            raise
        made = {index: each for index, each in futures.items() if not each.cancelled()}
        return [(batch[index], future.result()) for index, future in made.items()]

    def _submitted(self, given: Given) -> Future[Any]:
        future: object = self._executor.submit(self._function, *self._arguments(given))
        if not isinstance(future, Future):
            raise SettingsError(
                f"evolve: the executor's submit() returns {type(future).__name__}, and no future "
                "of concurrent.futures: hand over the executor that the library makes of its "
                "client (Dask: client.get_executor())"
            )
        return future


def _others(running: set[Future[Any]]) -> set[Future[Any]]:
    """Waits for one call at least; returns those that still run, and raises what one did."""
    done, others = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
    return others


def _not_taken_back(running: set[Future[Any]]) -> set[Future[Any]]:
    """Takes back the calls that have not started; returns the others."""
    return {future for future in running if not future.cancel()}
