"""Every way a server can fail, on a real socket: nothing is lost, and one message tells it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from misbehaving import (
    Misbehaving,
    ask,
    ends_early,
    fails,
    good,
    hangs,
    hangs_up,
    raw,
    resets,
    says,
)

from pytest_promptevo.errors import (
    ContextOverflow,
    ModelUnavailable,
    ProviderError,
    TransientError,
)
from pytest_promptevo.providers import Provider

Make = Callable[..., Provider]

PASSING = {
    "500": fails(500),
    "502": fails(502),
    "503 while loading": fails(503, {"message": "Loading model"}),
    "429": fails(429),
    "429 with a wait": fails(429, Retry_After="0.05"),
    "429 with a date": fails(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
    "reset in the middle": resets,
    "end in the middle": ends_early,
    "hangs up": hangs_up,
    "not JSON": raw(b"<html>Bad gateway</html>"),
    "half a JSON": raw(b'{"message": {"content": "ec'),
    "not UTF-8": raw(b'{"message": "\xff\xfe"}'),
    "a JSON list": raw(b"[1, 2]"),
    "a JSON null": raw(b"null"),
    "an error with status 200": raw(b'{"error": "oops"}'),
    "fields of wrong types": raw(b'{"message": 7, "choices": 7, "done": true}'),
    "damaged compression": raw(b"\x1f\x8bnot gzip", Content_Encoding="gzip"),
    "empty body": raw(b""),
    "error page that is a list": lambda handler, _body: handler.send_json([1], 500),
    "no token counts": says("?", prompt_eval_count=0, usage={}),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_fault_costs_a_retry_and_nothing_else(
    name: str, provider: Provider, server: Misbehaving
) -> None:
    server.script.extend([PASSING[name], PASSING[name]])
    assert provider.generate(ask()).text == "echo hello"
    assert len(server.chats) == 3


def test_a_call_that_hangs_is_repeated(kind: str, server: Misbehaving, make_provider: Make) -> None:
    server.script.append(hangs(1.0))
    assert make_provider(kind, server, timeout_s=0.2).generate(ask()).text == "echo hello"


def test_a_server_that_always_hangs_loses_the_call_and_names_the_time(
    kind: str, server: Misbehaving, make_provider: Make
) -> None:
    server.always = hangs(1.0)
    with pytest.raises(TransientError, match=r"no answer within 0\.1 s"):
        make_provider(kind, server, timeout_s=0.1, attempts=2).generate(ask())
    assert len(server.chats) == 2


def test_a_slow_server_does_not_multiply_its_timeout_by_the_attempts(
    kind: str, server: Misbehaving, make_provider: Make
) -> None:
    server.always = hangs(2.0)
    provider = make_provider(kind, server, timeout_s=0.3, patience_s=0.2)
    with pytest.raises(TransientError):
        provider.generate(ask())
    assert len(server.chats) == 2


def test_lost_calls_in_a_row_make_the_model_unavailable_until_it_answers_again(
    provider: Provider, server: Misbehaving
) -> None:
    server.always = fails(500, "disk full")
    for _ in range(2):
        with pytest.raises(TransientError, match="disk full"):
            provider.generate(ask())
    with pytest.raises(ModelUnavailable, match=r"3 calls in a row.*disk full"):
        provider.generate(ask())
    before = len(server.chats)
    with pytest.raises(ModelUnavailable):
        provider.generate(ask())
    assert len(server.chats) == before + 1
    server.always = None
    assert provider.generate(ask()).text == "echo hello"


def test_one_poisonous_request_does_not_end_the_run(
    provider: Provider, server: Misbehaving
) -> None:
    def behave(handler: object, body: dict[str, object]) -> None:
        (fails(500) if "poison" in str(body) else good)(handler, body)  # type: ignore[arg-type]

    server.always = behave
    for _ in range(4):
        with pytest.raises(TransientError):
            provider.generate(ask("poison"))
        assert provider.generate(ask("food")).text == "echo food"


def test_connection_refused_waits_then_gives_one_clear_message(
    provider: Provider, server: Misbehaving, lines: list[str], kind: str, make_provider: Make
) -> None:
    server.stop()
    provider = make_provider(kind, server, patience_s=0.5)
    started = time.monotonic()
    told = f"{server.address}.*refused.*\n  hint: .*promptevo_patience"
    with pytest.raises(ModelUnavailable, match=told) as caught:
        provider.generate(ask())
    assert 0.4 < time.monotonic() - started < 3
    assert len(lines) == 1
    assert "waiting for it up to 0.5 s (ini: promptevo_patience)" in lines[0]
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as again:
        provider.generate(ask())
    assert time.monotonic() - started < 0.3
    assert str(again.value) == str(caught.value)
    assert len(lines) == 1


def test_all_threads_share_one_wait_and_one_message(
    server: Misbehaving, lines: list[str], kind: str, make_provider: Make
) -> None:
    server.stop()
    provider = make_provider(kind, server, patience_s=0.5, concurrency=8)

    def message(number: int) -> str:
        try:
            return provider.generate(ask(str(number))).text
        except ModelUnavailable as error:
            return str(error)

    started = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        messages = set(threads.map(message, range(40)))
    assert time.monotonic() - started < 4
    assert len(messages) == len(lines) == 1


def test_a_server_that_comes_back_has_lost_nothing(
    server: Misbehaving, lines: list[str], kind: str, make_provider: Make
) -> None:
    """Eight threads ask; the server goes in the middle of it, and is back a second later."""
    server.work_s = 0.01
    provider = make_provider(kind, server, patience_s=10.0, concurrency=4)
    breaks = [threading.Timer(0.3, server.stop), threading.Timer(1.3, server.start)]
    for timer in breaks:
        timer.start()
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda n: provider.generate(ask(str(n))).text, range(300)))
    for timer in breaks:
        timer.join()
    assert texts == [f"echo {number}" for number in range(300)]
    assert len(lines) == 1


def test_each_outage_is_told_once(
    provider: Provider, server: Misbehaving, lines: list[str]
) -> None:
    for outage in range(2):
        server.stop()
        threading.Timer(0.4, server.start).start()
        assert provider.generate(ask()).text == "echo hello"
        assert len(lines) == outage + 1


def test_a_call_refused_for_good_is_not_repeated(provider: Provider, server: Misbehaving) -> None:
    server.script.append(fails(400, "no such option"))
    with pytest.raises(ModelUnavailable, match=r"refuses the request.*no such option"):
        provider.generate(ask())
    assert len(server.chats) == 1
    assert provider.generate(ask()).text == "echo hello"


@pytest.mark.parametrize(
    "text",
    [
        'option "temperature" must be of type float32',
        "invalid JSON schema in format",
        "model requires more system memory (9.9 GiB) than is available (1.2 GiB)",
        '"tiny" does not support thinking',
    ],
)
def test_what_ollama_refuses_with_500_is_not_repeated(
    text: str, server: Misbehaving, make_provider: Make
) -> None:
    server.always = fails(500, text)
    with pytest.raises(ModelUnavailable, match="refuses"):
        make_provider("ollama", server).generate(ask())
    assert len(server.chats) == 1


def test_ollama_without_the_model_says_how_to_pull_it(
    server: Misbehaving, make_provider: Make
) -> None:
    provider = make_provider("ollama", server, model="llama3.1:8b")
    for ask_it in (provider.digest, lambda: provider.generate(ask())):
        with pytest.raises(ModelUnavailable, match=r"\n  hint: ollama pull llama3\.1:8b$"):
            ask_it()
    server.models["llama3.1:8b"] = "cd" * 32
    assert provider.generate(ask()).text == "echo hello"


def test_ollama_that_loses_the_model_during_the_run_says_so(
    server: Misbehaving, make_provider: Make
) -> None:
    server.script.append(fails(404, "model 'tiny' not found"))
    with pytest.raises(ModelUnavailable, match="hint: ollama pull tiny"):
        make_provider("ollama", server).generate(ask())


def test_openai_without_the_model_names_the_nearest(
    server: Misbehaving, make_provider: Make
) -> None:
    with pytest.raises(ModelUnavailable, match="no model tinny:latest; did you mean 'tiny:latest'"):
        make_provider("openai", server, model="tinny:latest").digest()


def test_openai_at_a_wrong_path_hints_at_it(server: Misbehaving, make_provider: Make) -> None:
    server.always = fails(404, {"message": "File Not Found"})
    with pytest.raises(ModelUnavailable, match=r"File Not Found\n  hint: .*end in /v1"):
        make_provider("openai", server).generate(ask())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_the_variable(
    status: int, server: Misbehaving, make_provider: Make
) -> None:
    server.always = fails(status, {"message": "bad key"})
    with pytest.raises(ModelUnavailable, match="bad key\n  hint: set OPENAI_API_KEY"):
        make_provider("openai", server).generate(ask())


@pytest.mark.parametrize(
    ("error", "says_what"),
    [
        ({"type": "exceed_context_size_error", "n_prompt_tokens": 90, "n_ctx": 64}, "90 .* 64"),
        ({"code": "context_length_exceeded", "message": "8192 tokens, got 9000"}, "got 9000"),
        ("This model's maximum context length is 64 tokens", "is 64 tokens"),
    ],
)
def test_openai_overflow(
    error: object, says_what: str, server: Misbehaving, make_provider: Make
) -> None:
    server.always = fails(400, error)
    with pytest.raises(ContextOverflow, match=says_what):
        make_provider("openai", server).generate(ask())
    assert len(server.chats) == 1


def test_ollama_overflow_names_what_is_needed(server: Misbehaving, make_provider: Make) -> None:
    server.script.append(fails(400, "the input length exceeds the context length"))
    server.script.extend([says("?", prompt_eval_count=6), says("?", prompt_eval_count=4)])
    with pytest.raises(ContextOverflow, match=r"needs about 202 tokens, .* holds 64 \(num_ctx\)"):
        make_provider("ollama", server).generate(ask("x" * 400))


def test_a_model_that_changed_during_an_outage_is_not_used(
    provider: Provider, server: Misbehaving
) -> None:
    before = provider.digest()
    server.script.append(resets)
    server.models["tiny:latest"] = "cd" * 32
    with pytest.raises(ModelUnavailable, match="run again"):
        provider.generate(ask())
    assert provider.digest() == before


def test_errors_bring_no_traceback_of_the_client(provider: Provider, server: Misbehaving) -> None:
    for fault in (fails(400), fails(500), resets, raw(b"garbage")):
        server.always = fault
        with pytest.raises(ProviderError) as caught:
            provider.generate(ask())
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_closing_ends_the_wait_for_a_server(
    provider: Provider, server: Misbehaving, kind: str, make_provider: Make
) -> None:
    server.stop()
    provider = make_provider(kind, server, patience_s=30.0)
    threading.Timer(0.2, provider.close).start()
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="has been closed"):
        provider.generate(ask())
    assert time.monotonic() - started < 3
    provider.close()
