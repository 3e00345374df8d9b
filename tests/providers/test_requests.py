"""What is sent to a server, and what its answer turns into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from misbehaving import DIGEST, Misbehaving, answer_for, ask, good, says

from pytest_promptevo.errors import ModelUnavailable
from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.providers.ollama.context import same_model, tokens_needed

Make = Callable[..., Provider]

EVERYTHING: dict[str, Any] = {
    "temperature": 0.5,
    "max_tokens": 9,
    "top_p": 0.9,
    "top_k": 40,
    "min_p": 0.05,
    "seed": 11,
    "repeat_penalty": 1.1,
    "stop": ["\n"],
    "num_ctx": 512,
}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
CHAT = (Message("user", "hi"),)


def sent(server: Misbehaving, provider: Provider, request: Request) -> dict[str, Any]:
    provider.generate(request)
    return server.chats[-1].body


def test_all_of_a_request_reaches_ollama(server: Misbehaving, make_provider: Make) -> None:
    provider = make_provider("ollama", server, ollama_keep_alive="10m")
    request = Request("", CHAT, EVERYTHING | {"think": True}, SCHEMA, replicate=2)
    body = sent(server, provider, request)
    named = {name: value for name, value in EVERYTHING.items() if name != "max_tokens"}
    assert body["options"] == named | {"num_predict": 9, "seed": request.engine_seed}
    assert (body["format"], body["keep_alive"], body["think"]) == (SCHEMA, "10m", True)
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert (body["model"], body["stream"]) == ("tiny:latest", False)


def test_ollama_is_told_not_to_cut_prompts(server: Misbehaving, make_provider: Make) -> None:
    body = sent(server, make_provider("ollama", server), ask("é 🙂 \x00"))
    assert (body["truncate"], body["shift"]) == (False, False)
    assert body["messages"][0]["content"] == "é 🙂 \x00"


def test_text_of_all_kinds_arrives(provider: Provider, server: Misbehaving) -> None:
    text = "é 🙂 \x00 \u2028 <think> {{x}} \\ half: \ud83d"
    assert provider.generate(ask(text)).text == f"echo {text[:-1]}?"


def test_without_parameters_ollama_decodes_greedily(
    server: Misbehaving, make_provider: Make
) -> None:
    request = ask(stop="x", top_p=None)
    body = sent(server, make_provider("ollama", server), request)
    assert body["options"] == {"temperature": 0.0, "seed": request.engine_seed, "stop": ["x"]}
    assert not {"format", "keep_alive", "think"} & set(body)


@pytest.mark.parametrize(("given", "sent_as"), [("300", 300.0), ("-1", -1.0), ("5m", "5m")])
def test_keep_alive(given: str, sent_as: object, server: Misbehaving, make_provider: Make) -> None:
    body = sent(server, make_provider("ollama", server, ollama_keep_alive=given), ask())
    assert body["keep_alive"] == sent_as


def test_all_of_a_request_reaches_an_openai_server(
    server: Misbehaving, make_provider: Make
) -> None:
    request = Request("", CHAT, EVERYTHING | {"think": False}, SCHEMA, replicate=2)
    body = sent(server, make_provider("openai", server), request)
    assert body == {name: EVERYTHING[name] for name in EVERYTHING if name != "num_ctx"} | {
        "model": "tiny:latest",
        "messages": [{"role": "user", "content": "hi"}],
        "seed": request.engine_seed,
        "chat_template_kwargs": {"enable_thinking": False},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
        },
    }


def test_an_openai_server_gets_no_field_that_nobody_asked_for(
    server: Misbehaving, make_provider: Make
) -> None:
    body = sent(server, make_provider("openai", server), ask(seed=3, think="low"))
    assert set(body) == {"model", "messages", "temperature", "reasoning_effort"}


def test_openai_itself_gets_the_new_name_of_the_limit() -> None:
    from pytest_promptevo.providers.http.addresses import Address
    from pytest_promptevo.providers.http.secrets import Secret
    from pytest_promptevo.providers.openai.model import OpenAIModel

    model = OpenAIModel("m", Address("https://api.openai.com/v1"), ProviderOptions(), Secret())
    assert model._body(ask(max_tokens=5))["max_completion_tokens"] == 5
    model.close()


def test_an_answer(kind: str, provider: Provider) -> None:
    answer = Completion("echo hello", 7, 3, 11.0, "stop", prompt_ms=5.0)
    assert provider.generate(ask()) == answer


@pytest.mark.parametrize(
    ("details", "cached"),
    [
        ({"cached_tokens": 4}, 4),
        ({}, None),
        (None, None),
        ({"cached_tokens": "x"}, None),
        (7, None),
    ],
)
def test_openai_tells_what_was_cached(
    server: Misbehaving, make_provider: Make, details: Any, cached: int | None
) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": details}
    server.script.append(says("a", usage=usage))
    assert make_provider("openai", server).generate(ask()).cached_tokens == cached


def test_an_answer_that_is_cut(kind: str, server: Misbehaving, make_provider: Make) -> None:
    choice = {"message": {"content": "a"}, "finish_reason": "length"}
    server.script.append(says("a", done_reason="length", choices=[choice]))
    assert make_provider(kind, server).generate(ask()).finish == "length"


def test_ollama_leaves_out_figures_that_are_zero(server: Misbehaving, make_provider: Make) -> None:
    def one_token(handler: Any, body: dict[str, Any]) -> None:
        answer = answer_for(handler, body, "")
        for name in ("eval_count", "eval_duration", "load_duration"):
            del answer[name]
        handler.send_json(answer)

    server.script.append(one_token)
    done = make_provider("ollama", server).generate(ask())
    assert done == Completion("", 7, 0, 5.0, prompt_ms=5.0)


def test_an_answer_that_ollama_breaks_off_without_figures(
    server: Misbehaving, make_provider: Make
) -> None:
    """Real servers do that to a model that repeats itself."""
    broken = {"message": {"role": "assistant", "content": "no " * 31}, "done": False}
    server.script.append(lambda handler, _body: handler.send_json(broken))
    server.script.append(good)
    done = make_provider("ollama", server).generate(ask(max_tokens=50))
    assert server.chats[1].body["options"]["num_predict"] == 1
    assert (done.prompt_tokens, done.completion_tokens, done.finish) == (7, 30, "length")
    assert done.text.startswith("no no")
    assert done.latency_ms > 0


def test_the_digest_of_ollama_is_the_manifests(server: Misbehaving, make_provider: Make) -> None:
    for model in ("tiny", "tiny:latest", "TINY"):
        assert make_provider("ollama", server, model=model).digest() == f"sha256:{DIGEST}"
    server.models["tiny:latest"] = f"sha256:{'cd' * 32}"
    assert make_provider("ollama", server).digest() == f"sha256:{'cd' * 32}"


def test_the_digest_of_openai_changes_with_what_the_server_tells(
    server: Misbehaving, make_provider: Make
) -> None:
    first = make_provider("openai", server).digest()
    assert first.startswith("sha256:")
    assert make_provider("openai", server).digest() == first
    server.models["tiny:latest"] = "another"
    assert make_provider("openai", server).digest() != first
    server.models["tiny"] = DIGEST
    assert make_provider("openai", server, model="tiny").digest() != first


@pytest.mark.parametrize("listed", [{}, {"data": None}, {"data": []}])
def test_a_server_that_lists_no_models_is_trusted(
    listed: dict[str, Any], server: Misbehaving, make_provider: Make
) -> None:
    server._list = lambda _path: (listed, 404 if not listed else 200)  # type: ignore[method-assign]
    provider = make_provider("openai", server)
    assert provider.generate(ask()).text == "echo hello"
    assert provider.digest().startswith("sha256:")


def test_openai_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def address(given: str = "") -> str:
        return connect("openai:m", ProviderOptions(openai_base_url=given))._address.shown  # type: ignore[attr-defined,no-any-return]

    assert address() == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", " ")
    assert address() == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8080/v1/")
    assert address() == "http://localhost:8080/v1"
    assert address("https://example.com/api/v1") == "https://example.com/api/v1"


def test_openais_own_address_is_not_asked_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_settings: object) -> None:
        raise AssertionError("no connection may be opened")

    monkeypatch.setattr("httpx.Client", refuse)
    provider = connect("openai:m", ProviderOptions())
    told = "api.openai.com/v1 needs an API key.*OPENAI_API_KEY.*\n  hint: .*OPENAI_BASE_URL"
    with pytest.raises(ModelUnavailable, match=told):
        provider.digest()
    with pytest.raises(ModelUnavailable, match=told):
        provider.generate(ask())
    assert provider.concurrency == 1


def test_connecting_imports_no_client() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pytest_promptevo.providers import connect\n"
        "connect('ollama:m'); connect('openai:m')\n"
        "assert not {'ollama', 'httpx', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_names_without_a_tag_mean_latest() -> None:
    assert same_model("Tiny:latest", "tiny")
    assert same_model("host:80/a/tiny:latest", "host:80/a/tiny")
    assert not same_model("tiny:1b", "tiny")


@pytest.mark.parametrize("num_ctx", [0, 16, 64, 4096])
def test_tokens_needed_is_more_than_the_context(num_ctx: int) -> None:
    for length in (1, 100, 100_000):
        needed = tokens_needed(lambda text: 10 + len(text) // 4, ask("x" * length), num_ctx)
        assert needed > num_ctx
        if length > 8 * num_ctx and num_ctx > 16:
            assert abs(needed - length / 4) < length / 40 + 20
