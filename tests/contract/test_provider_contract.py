"""What every provider does, whichever engine is behind it."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema
import pytest

from pytest_promptevo.errors import ContextOverflow, ModelUnavailable, SettingsError
from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.providers import Provider, ProviderOptions, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = {
    "type": "object",
    "properties": {"order": {"type": "integer"}},
    "required": ["order"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Engine:
    """How to reach an engine, and a model that it does not have."""

    reference: str
    unknown: str
    options: ProviderOptions

    def connect(self, **changed: Any) -> Provider:
        return connect(self.reference, replace(self.options, **changed))


def scripted(_request: pytest.FixtureRequest) -> Engine:
    options = ProviderOptions(root=Path(__file__).parent)
    return Engine("scripted:scripted_answers:answer", "scripted:scripted_answers:no", options)


def embedded(request: pytest.FixtureRequest) -> Engine:
    pytest.importorskip("xllamacpp")
    gguf = request.getfixturevalue("smollm2_gguf")
    return Engine(f"gguf:{gguf}", "gguf:no-such-file.gguf", ProviderOptions(root=Path("/")))


def ollama(request: pytest.FixtureRequest) -> Engine:
    server = request.getfixturevalue("ollama_server")
    options = ProviderOptions(ollama_hosts=(server.address,))
    return Engine("ollama:smollm2:135m", "ollama:smollm2:7b", options)


def openai(request: pytest.FixtureRequest) -> Engine:
    server = request.getfixturevalue("llama_server")
    options = ProviderOptions(openai_base_url=f"{server.address}/v1")
    return Engine("openai:smollm2-135m", "openai:smollm2-7b", options)


ENGINES: dict[str, Callable[[pytest.FixtureRequest], Engine]] = {
    "scripted": scripted,
    "embedded": embedded,
    "ollama": ollama,
    "openai": openai,
}


@pytest.fixture(
    scope="module",
    params=[
        "scripted",
        pytest.param("embedded", marks=pytest.mark.real_model),
        pytest.param("ollama", marks=pytest.mark.ollama_server),
        pytest.param("openai", marks=pytest.mark.real_model),
    ],
)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param](request)


@pytest.fixture(scope="module")
def provider(engine: Engine) -> Iterator[Provider]:
    made = engine.connect()
    yield made
    made.close()


def chat(text: str, **params: Any) -> Request:
    return Request("", (Message("user", text),), {"temperature": 0.0, "max_tokens": 24} | params)


def copying(number: int, answer: Callable[[int], str] = str) -> Request:
    """A request that even a small model answers right."""
    turns: list[Message] = []
    for shot in (48213, 77310, 99120):
        turns += [Message("user", f"Copy the number: {shot}"), Message("assistant", answer(shot))]
    turns.append(Message("user", f"Copy the number: {number}"))
    return Request("", tuple(turns), {"temperature": 0.0, "max_tokens": 24})


def test_an_answer_has_all_fields(provider: Provider) -> None:
    done = provider.generate(copying(51847))
    assert isinstance(done, Completion)
    assert done.text == "51847"
    assert done.text == done.text.strip()
    assert done.prompt_tokens > 0
    assert 0 < done.completion_tokens <= 24
    assert done.latency_ms > 0
    assert done.finish == "stop"


def test_greedy_answers_repeat_and_so_does_the_size_of_the_prompt(provider: Provider) -> None:
    """The second time, the engine has the prompt in its cache; it counts all the same."""
    request = chat("Name some colours.")
    done = [provider.generate(request) for _ in range(3)]
    assert len({one.text for one in done}) == 1
    assert len({one.prompt_tokens for one in done}) == 1
    assert len({one.completion_tokens for one in done}) == 1


def test_a_longer_prompt_has_more_tokens(provider: Provider) -> None:
    short, long = (provider.generate(chat(t, max_tokens=1)) for t in ("Hi", "Hi " + "there " * 50))
    assert long.prompt_tokens >= short.prompt_tokens + 45


def test_an_answer_that_max_tokens_cuts_is_marked(provider: Provider) -> None:
    whole = provider.generate(chat("Tell me a long story about a dragon.", max_tokens=8))
    cut = provider.generate(chat("Tell me a long story about a dragon.", max_tokens=3))
    assert cut.finish == "length"
    assert cut.completion_tokens == 3
    assert whole.text.startswith(cut.text)
    assert len(whole.text) > len(cut.text)


def test_a_stop_text_ends_the_answer(provider: Provider) -> None:
    question = "Tell me a long story about a dragon."
    whole = provider.generate(chat(question)).text
    third = whole.split()[2]
    done = provider.generate(chat(question, stop=[third]))
    assert done.finish == "stop"
    assert done.text == whole.partition(third)[0].strip()


def test_a_schema_shapes_the_answer(provider: Provider) -> None:
    request = copying(61250, lambda number: f'{{"order": {number}}}')
    done = provider.generate(replace(request, schema=SCHEMA))
    assert fastjsonschema.validate(SCHEMA, json.loads(done.text)) == {"order": 61250}
    assert done.finish == "stop"


def test_draws_differ_by_their_number(provider: Provider) -> None:
    request = chat("Invent a name for a dragon.", temperature=1.5, max_tokens=8)
    draws = [provider.generate(replace(request, replicate=number)).text for number in range(5)]
    assert len(set(draws)) > 1


def test_a_prompt_that_does_not_fit_is_an_error(provider: Provider) -> None:
    with pytest.raises(ContextOverflow, match=r"needs .*\d{4}"):
        provider.generate(chat("word and " * 2000))
    assert provider.generate(copying(51847)).text == "51847"


def test_an_old_message_is_not_dropped_in_silence(provider: Provider) -> None:
    """Ollama does that to chats that do not fit."""
    turns = [Message("user", "word and " * 500), Message("assistant", "yes")] * 4
    with pytest.raises(ContextOverflow):
        provider.generate(Request("", (*turns, Message("user", "word and " * 501))))


def test_the_digest_is_stable(provider: Provider, engine: Engine) -> None:
    found = provider.digest()
    assert re.fullmatch(r"sha256:([0-9a-f]{16}|[0-9a-f]{64})", found)
    assert provider.digest() == found
    again = engine.connect()
    assert again.digest() == found
    again.close()


@pytest.mark.parametrize(
    "call", [lambda made: made.digest(), lambda made: made.generate(chat("Hi"))]
)
def test_a_model_that_is_not_there(engine: Engine, call: Callable[[Provider], Any]) -> None:
    def ask() -> None:
        with closing(connect(engine.unknown, engine.options)) as made:
            call(made)

    with pytest.raises((ModelUnavailable, SettingsError)) as caught:
        ask()
    assert caught.value.__cause__ is None


def test_eight_threads_get_their_own_answers(provider: Provider) -> None:
    numbers = [10_000 + 4211 * n for n in range(16)]
    assert provider.concurrency >= 1
    alone = [provider.generate(copying(number)).text for number in numbers]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda n: provider.generate(copying(n)).text, numbers))
    assert together == alone
    assert sum(text == str(number) for text, number in zip(alone, numbers, strict=True)) >= 14


def test_closing_twice_is_fine(engine: Engine) -> None:
    made = engine.connect()
    made.close()
    made.close()
    used = engine.connect()
    used.generate(chat("Hi", max_tokens=1))
    used.close()
    used.close()


def test_nothing_is_loaded_by_connecting(engine: Engine) -> None:
    made = engine.connect(ollama_hosts=("127.0.0.1:9",), openai_base_url="http://127.0.0.1:9/v1")
    assert made.reference == engine.reference
    assert made.concurrency >= 1
    made.close()
