"""Calls in flight, and latencies that know nothing of queues."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from misbehaving import Misbehaving, ask, fails

from pytest_promptevo.providers import Provider

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Completion

Make = Callable[..., Provider]
MakeServer = Callable[..., Misbehaving]


def ask_all(provider: Provider, count: int) -> list[Completion]:
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda n: provider.generate(ask(str(n))), range(count)))


@pytest.mark.parametrize("limit", [1, 3])
def test_never_more_in_flight_than_allowed(
    limit: int, kind: str, make_server: MakeServer, make_provider: Make
) -> None:
    server = make_server(work_s=0.02, slots=8)
    provider = make_provider(kind, server, concurrency=limit)
    assert provider.concurrency == limit
    ask_all(provider, 24)
    assert server.most_in_flight == limit


def test_never_more_in_flight_than_allowed_while_calls_fail(
    kind: str, make_server: MakeServer, make_provider: Make
) -> None:
    server = make_server(work_s=0.01)
    server.script.extend([fails(500)] * 6)
    ask_all(make_provider(kind, server, concurrency=2), 20)
    assert server.most_in_flight <= 2


def test_the_default_is_one(server: Misbehaving, provider: Provider) -> None:
    ask_all(provider, 6)
    assert (provider.concurrency, server.most_in_flight) == (1, 1)


def test_llama_cpp_tells_how_many_it_serves(make_server: MakeServer, make_provider: Make) -> None:
    server = make_server(work_s=0.02, slots=3)
    asked_first = make_provider("openai", server)
    assert asked_first.concurrency == 3
    used_first = make_provider("openai", server)
    ask_all(used_first, 24)
    assert used_first.concurrency == 3
    assert server.most_in_flight == 3


def test_asking_a_dead_server_for_its_slots_is_no_error(
    make_server: MakeServer, make_provider: Make
) -> None:
    server = make_server(slots=3)
    server.stop()
    provider = make_provider("openai", server)
    assert provider.concurrency == 1
    server.start()
    provider.generate(ask())
    assert provider.concurrency == 3


def test_ollama_on_this_machine_shares_its_setting(
    make_server: MakeServer, make_provider: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_NUM_PARALLEL", "4")
    assert make_provider("ollama", make_server(), make_server()).concurrency == 8
    monkeypatch.setenv("OLLAMA_NUM_PARALLEL", "many")
    assert make_provider("ollama", make_server()).concurrency == 1


def test_waiting_for_ones_turn_is_no_latency(make_server: MakeServer, make_provider: Make) -> None:
    server = make_server(work_s=0.1, timings=False)
    provider = make_provider("openai", server, concurrency=1)
    assert all(90 < done.latency_ms < 250 for done in ask_all(provider, 8))


def test_retries_are_no_latency(server: Misbehaving, make_provider: Make) -> None:
    server.timings = False
    server.script.extend([fails(500)] * 3)
    provider = make_provider("openai", server, backoff_s=0.2)
    assert provider.generate(ask()).latency_ms < 150


def test_the_servers_own_figures_are_preferred(provider: Provider) -> None:
    assert provider.generate(ask()).latency_ms == 11.0
