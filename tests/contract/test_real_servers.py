"""Outages, limits and oddities of real servers."""

from __future__ import annotations

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from llama_server import LlamaServer
from ollama_server import PARALLEL, OllamaServer

from pytest_promptevo.errors import ContextOverflow, ModelUnavailable
from pytest_promptevo.prompt import Message, Request
from pytest_promptevo.providers import Provider, ProviderOptions, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Real = tuple[str, Any, ProviderOptions]


def copying(number: int) -> Request:
    turns: list[Message] = []
    for shot in (48213, 77310, 99120):
        turns += [Message("user", f"Copy the number: {shot}"), Message("assistant", str(shot))]
    turns.append(Message("user", f"Copy the number: {number}"))
    return Request("", tuple(turns), {"temperature": 0.0, "max_tokens": 16})


@pytest.fixture(
    params=[
        pytest.param("ollama", marks=pytest.mark.ollama_server),
        pytest.param("openai", marks=pytest.mark.real_model),
    ]
)
def real(request: pytest.FixtureRequest) -> Real:
    if request.param == "ollama":
        server = request.getfixturevalue("ollama_server")
        return "ollama:smollm2:135m", server, ProviderOptions(ollama_hosts=(server.address,))
    server = request.getfixturevalue("llama_server")
    address = f"{server.address}/v1"
    return "openai:smollm2-135m", server, ProviderOptions(openai_base_url=address)


@pytest.fixture
def ollama(ollama_server: OllamaServer) -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []

    def make(model: str = "smollm2:135m", **settings: Any) -> Provider:
        options = ProviderOptions(ollama_hosts=(ollama_server.address,), **settings)
        made.append(connect(f"ollama:{model}", options))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


def test_a_restart_in_the_middle_of_a_run_loses_nothing(real: Real) -> None:
    reference, server, options = real
    lines: list[str] = []
    numbers = [10_000 + 4211 * n for n in range(20)]

    def outage() -> None:
        server.stop()
        time.sleep(2.0)
        server.start()

    with closing(connect(reference, replace(options, notify=lines.append))) as provider:
        provider.generate(copying(10_000))
        breaker = threading.Timer(0.5, outage)
        breaker.start()
        try:
            with ThreadPoolExecutor(4) as threads:
                texts = list(threads.map(lambda n: provider.generate(copying(n)).text, numbers))
        finally:
            breaker.join()
    assert texts == [str(number) for number in numbers]
    assert len(lines) == 1


@pytest.mark.ollama_server
def test_two_real_servers_share_the_load_and_one_stops(
    ollama_server: OllamaServer, tmp_path: Path
) -> None:
    numbers = [10_000 + 4211 * n for n in range(20)]
    # A model that is created twice has two digests: its manifest names the file it came from.
    shutil.copytree(ollama_server.folder / "models", tmp_path / "models")
    other = OllamaServer(ollama_server.binary, tmp_path)
    hosts = (ollama_server.address, other.address)

    def answers(both: Provider) -> list[str]:
        with ThreadPoolExecutor(both.concurrency) as threads:
            return list(threads.map(lambda number: both.generate(copying(number)).text, numbers))

    def answered_by_other() -> int:
        return other.log.read_text(errors="replace").count('"/api/chat"')

    try:
        other.start()
        with closing(connect("ollama:smollm2:135m", ProviderOptions(ollama_hosts=hosts))) as both:
            deadline = time.monotonic() + 90
            while answered_by_other() < 2 and time.monotonic() < deadline:
                assert answers(both) == [str(number) for number in numbers]
            breaker = threading.Timer(0.3, other.stop)
            breaker.start()
            assert answers(both) == [str(number) for number in numbers]
            breaker.join()
        assert answered_by_other() >= 2
    finally:
        other.stop()


def test_latency_is_work_and_not_waiting(real: Real) -> None:
    """However many threads ask: what is in flight at once cannot work longer than the clock."""
    reference, _, options = real
    with closing(connect(reference, replace(options, concurrency=PARALLEL))) as provider:
        provider.generate(copying(10_000))
        started = time.perf_counter()
        with ThreadPoolExecutor(12) as threads:
            done = list(threads.map(lambda n: provider.generate(copying(n)), range(30_000, 30_024)))
        wall_ms = (time.perf_counter() - started) * 1000
    assert 0 < sum(one.latency_ms for one in done) <= wall_ms * PARALLEL


@pytest.mark.ollama_server
def test_time_to_load_is_kept_apart(ollama: Callable[..., Provider]) -> None:
    provider = ollama(ollama_keep_alive="0")
    provider.generate(copying(10_000))
    started = time.perf_counter()
    cold = provider.generate(copying(10_000))
    wall_ms = (time.perf_counter() - started) * 1000
    assert 0 < cold.latency_ms < wall_ms
    assert cold.text == ollama().generate(copying(10_000)).text == "10000"


@pytest.mark.ollama_server
def test_a_model_that_repeats_itself_is_marked_as_cut(ollama: Callable[..., Provider]) -> None:
    """Ollama ends such an answer without figures."""
    schema = {"type": "string", "pattern": "^(a ){80}$"}
    chat = (Message("user", "go"),)
    done = ollama().generate(Request("", chat, {"max_tokens": 100}, schema))
    assert done.finish == "length"
    assert 0 < done.prompt_tokens < 30
    assert 30 <= done.completion_tokens <= 100
    assert done.latency_ms > 0


@pytest.mark.ollama_server
def test_num_ctx_is_obeyed_and_named(ollama: Callable[..., Provider]) -> None:
    provider = ollama()
    chat = (Message("user", "word and " * 400),)
    assert provider.generate(Request("", chat, {"max_tokens": 1})).prompt_tokens > 800
    with pytest.raises(
        ContextOverflow, match=r"about \d+ tokens.* holds 512 \(num_ctx\)"
    ) as caught:
        provider.generate(Request("", chat, {"max_tokens": 1, "num_ctx": 512}))
    needed = int(str(caught.value).partition("about ")[2].split()[0])
    assert 700 < needed < 1000


@pytest.mark.ollama_server
def test_an_answer_that_fills_the_context_is_marked_as_cut(ollama: Callable[..., Provider]) -> None:
    chat = (Message("user", "Write a very long story about a dragon."),)
    params = {"num_ctx": 64, "max_tokens": 500, "stop": ["\0"]}
    done = ollama().generate(Request("", chat, params))
    assert done.finish == "length"
    assert done.prompt_tokens + done.completion_tokens <= 66


@pytest.mark.ollama_server
def test_refusals_of_the_real_server(ollama: Callable[..., Provider]) -> None:
    chat = (Message("user", "Hi"),)
    provider = ollama()
    for params, schema in (({"think": True}, None), ({}, {"type": "bogus"})):
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="refuses"):
            provider.generate(Request("", chat, {"max_tokens": 1, **params}, schema))
        assert time.monotonic() - started < 5


@pytest.mark.ollama_server
def test_a_tag_that_was_pulled_anew_has_another_digest(
    ollama: Callable[..., Provider], ollama_server: OllamaServer, smollm2_gguf: Path
) -> None:
    ollama_server.create("changing", smollm2_gguf)
    before = ollama("changing").digest()
    assert before == ollama("changing:latest").digest()
    ollama_server.create("changing", smollm2_gguf, "PARAMETER num_thread 1\n")
    assert ollama("changing").digest() != before
    ollama_server.remove("changing")
    with pytest.raises(ModelUnavailable, match="hint: ollama pull changing"):
        ollama("changing").digest()


SUITE = """
golden: [{inputs: {message: red}, expected: ""}, {inputs: {message: blue}, expected: ""}]
models: {primary: "ollama:smollm2:135m"}
prompt: "Name something {{message}}."
genome: {temperature: 0.0, max_tokens: 4, num_ctx: 512}
scorers: [{regex: {pattern: ".+"}}]
threshold: -9
"""


@pytest.mark.ollama_server
def test_a_suite_is_locked_on_the_real_server_and_replayed_without_it(
    ollama_server: OllamaServer, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{ollama_server.port}")
    pytester.makefile(".promptevo.yaml", things=SUITE)
    pytester.runpytest_subprocess("--promptevo-update-lock").assert_outcomes(passed=3)
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    monkeypatch.setenv("CI", "true")
    (pytester.path / ".promptevo" / "answers.sqlite").unlink()
    pytester.runpytest_subprocess("--promptevo-locked").assert_outcomes(passed=4)


@pytest.mark.real_model
def test_the_real_server_wants_its_key(smollm2_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "sk-Zq81fT5uCanary0977XyW"
    server = LlamaServer(smollm2_gguf, key)
    try:
        server.start()
        options = ProviderOptions(openai_base_url=f"{server.address}/v1")
        for wrong in ("", "sk-wrong"):
            monkeypatch.setenv("OPENAI_API_KEY", wrong)
            with (
                closing(connect("openai:smollm2-135m", options)) as provider,
                pytest.raises(ModelUnavailable, match="set OPENAI_API_KEY"),
            ):
                provider.generate(copying(10_000))
        monkeypatch.setenv("OPENAI_API_KEY", key)
        with closing(connect("openai:smollm2-135m", options)) as provider:
            assert provider.generate(copying(10_000)).text == "10000"
            assert provider.concurrency == 2
    finally:
        server.stop()
