"""Functions of the application that answer requests, in the two forms that are used here."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shown
from pytest_promptevo.prompt import Completion
from pytest_promptevo.prompt.target import is_async

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Ask, AsyncAsk, Request

AskText = Callable[["Request"], "Completion | str"]
"""Answers one request with a completion, or with its text alone."""

AsyncAskText = Callable[["Request"], Awaitable["Completion | str"]]
"""Answers one request with a completion or its text, and is awaited."""


def blocking(ask: AskText) -> Ask:
    """Returns what asks through a function and makes completions of texts.

    Raises:
        TypeError: if the function is to be awaited.
    """
    if is_async(ask):
        raise TypeError("ask is an async function: use `await prompt.aanswer(ask, ...)`")

    def complete(request: Request) -> Completion:
        started = time.perf_counter()
        return _completion(ask(request), started)

    return complete


def awaited(ask: AskText | AsyncAskText) -> AsyncAsk:
    """Returns what awaits a function, which runs in a thread where it is not async."""

    async def complete(request: Request) -> Completion:
        started = time.perf_counter()
        if is_async(ask):
            answer: Any = await ask(request)  # type: ignore[misc]
        else:
            from anyio.to_thread import run_sync

            answer = await run_sync(ask, request)
            if inspect.isawaitable(answer):
                answer = await answer
        return _completion(answer, started)

    return complete


def from_thread(ask: AskText | AsyncAskText) -> Ask:
    """Returns what asks from a thread that the event loop has started."""
    if not is_async(ask):
        return blocking(ask)  # type: ignore[arg-type]

    def complete(request: Request) -> Completion:
        from anyio.from_thread import run

        return run(awaited(ask), request)

    return complete


def _completion(answer: Any, started: float) -> Completion:
    if isinstance(answer, Completion):
        return answer
    if isinstance(answer, str):
        return Completion(answer, 0, 0, (time.perf_counter() - started) * 1000)
    if inspect.iscoroutine(answer):
        answer.close()
    raise TypeError(
        f"ask must return a text or a Completion, not {shown(answer)}"
        + (": use `await prompt.aanswer(ask, ...)`" if inspect.isawaitable(answer) else "")
    )
