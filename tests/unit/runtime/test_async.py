from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from pytest_promptevo.prompt import Completion, OutputSpec, Request
from pytest_promptevo.runtime import InvalidAnswer

from .test_load import locked, saying

if TYPE_CHECKING:
    from pathlib import Path


def answered(prompt: Any, *ask: Any, **inputs: Any) -> Any:
    async def main() -> Any:
        return await prompt.aanswer(*ask, **inputs)

    return anyio.run(main)


def test_an_async_function_is_awaited_and_repaired(tmp_path: Path) -> None:
    said = iter(["no json", '{"a": 1}'])

    async def ask(_request: Request) -> Completion:
        await anyio.sleep(0)
        return Completion(next(said), 1, 1, 1.0)

    prompt = locked(tmp_path, output=OutputSpec(format="json", max_repairs=1))
    done = answered(prompt, ask, m="x")
    assert (done.data, done.repairs, done.tokens, done.latency_ms) == ({"a": 1}, 1, 4, 2.0)


def test_what_would_block_runs_in_a_thread(tmp_path: Path) -> None:
    threads = []

    def ask(_request: Request) -> str:
        threads.append(threading.current_thread())
        return "42"

    assert answered(locked(tmp_path), ask, m="x").data == "42"
    assert threads[0] is not threading.current_thread()


def test_a_function_may_return_an_awaitable(tmp_path: Path) -> None:
    async def answer() -> str:
        return "42"

    assert answered(locked(tmp_path), lambda _request: answer(), m="x").data == "42"


def test_an_async_answer_that_stays_invalid_is_an_error(tmp_path: Path) -> None:
    ask, _ = saying("no", "no")
    prompt = locked(tmp_path, output=OutputSpec(format="json", max_repairs=1))
    with pytest.raises(InvalidAnswer):
        answered(prompt, ask, m="x")


def test_async_inputs_are_checked(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="orders needs the input 'm'"):
        answered(locked(tmp_path))


def test_a_blocking_answer_refuses_an_async_function(tmp_path: Path) -> None:
    async def ask(_request: Request) -> str:
        return "42"

    prompt = locked(tmp_path)
    for function in (ask, lambda request: ask(request)):
        with pytest.raises(TypeError, match=r"prompt\.aanswer"):
            prompt.answer(function, m="x")  # type: ignore[arg-type]


def test_answers_are_asked_for_side_by_side(tmp_path: Path) -> None:
    together = anyio.Event()
    waiting: list[Request] = []

    async def ask(request: Request) -> str:
        waiting.append(request)
        if len(waiting) == 2:
            together.set()
        await together.wait()
        return "42"

    async def main() -> None:
        prompt = locked(tmp_path)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                for _ in range(2):
                    group.start_soon(lambda: prompt.aanswer(ask, m="x"))

    anyio.run(main)
    assert len(waiting) == 2
