"""Several Ollama servers share the load; one that fails is left out and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from misbehaving import Misbehaving, ask, fails, hangs

from pytest_promptevo.errors import ModelUnavailable, SettingsError, TransientError
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.providers.http.addresses import Address, is_local, normal_address

Make = Callable[..., Provider]
MakeServer = Callable[..., Misbehaving]


def answers(provider: Provider, count: int, threads: int = 8) -> list[str]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda n: provider.generate(ask(str(n))).text, range(count)))


def echoes(count: int) -> list[str]:
    return [f"echo {number}" for number in range(count)]


def test_servers_share_the_load(make_server: MakeServer, make_provider: Make) -> None:
    servers = [make_server(work_s=0.02) for _ in range(3)]
    provider = make_provider("ollama", *servers)
    assert provider.concurrency == 3
    assert answers(provider, 30) == echoes(30)
    assert all(len(server.chats) >= 7 for server in servers)
    assert all(server.most_in_flight == 1 for server in servers)


def test_a_dead_server_is_left_out_and_comes_back(
    make_server: MakeServer, make_provider: Make, lines: list[str]
) -> None:
    dead, alive = make_server(work_s=0.01), make_server(work_s=0.01)
    dead.stop()
    provider = make_provider("ollama", dead, alive)
    assert answers(provider, 30) == echoes(30)
    assert (len(dead.chats), len(alive.chats)) == (0, 30)
    assert lines == []
    dead.start()
    time.sleep(1.0)
    assert answers(provider, 40) == echoes(40)
    assert len(dead.chats) > 5


def test_one_of_two_goes_in_the_middle_and_nothing_is_lost(
    make_server: MakeServer, make_provider: Make, lines: list[str]
) -> None:
    first, second = make_server(work_s=0.01), make_server(work_s=0.01)
    provider = make_provider("ollama", first, second, concurrency=4)
    timer = threading.Timer(0.2, first.stop)
    timer.start()
    assert answers(provider, 150) == echoes(150)
    timer.join()
    assert lines == []


def test_a_busy_server_does_not_take_the_share_of_a_dead_one(
    make_server: MakeServer, make_provider: Make
) -> None:
    dead, alive = make_server(), make_server(work_s=0.01)
    dead.stop()
    provider = make_provider("ollama", dead, alive, concurrency=4)
    assert answers(provider, 20) == echoes(20)
    assert alive.most_in_flight <= 2


def test_a_server_with_another_model_is_left_out(
    make_server: MakeServer, make_provider: Make, lines: list[str]
) -> None:
    right, wrong = make_server(), make_server(models={"tiny:latest": "cd" * 32})
    provider = make_provider("ollama", right, wrong)
    assert provider.digest() == f"sha256:{'ab' * 32}"
    assert answers(provider, 12) == echoes(12)
    assert (len(right.chats), len(wrong.chats)) == (12, 0)
    assert [wrong.address in line and "is left out" in line for line in lines] == [True]


def test_a_server_without_the_model_is_left_out(
    make_server: MakeServer, make_provider: Make, lines: list[str]
) -> None:
    right, empty = make_server(), make_server(models={})
    provider = make_provider("ollama", empty, right)
    assert answers(provider, 12) == echoes(12)
    assert "hint: ollama pull tiny:latest" in lines[0]


def test_all_servers_without_the_model(make_server: MakeServer, make_provider: Make) -> None:
    servers = [make_server(models={}) for _ in range(2)]
    with pytest.raises(ModelUnavailable, match="ollama pull") as caught:
        make_provider("ollama", *servers).generate(ask())
    assert all(server.address in str(caught.value) for server in servers)


def test_a_server_that_answers_badly_leaves_the_call_to_the_other(
    make_server: MakeServer, make_provider: Make
) -> None:
    bad, good = make_server(), make_server()
    bad.always = fails(500)
    provider = make_provider("ollama", bad, good, backoff_s=5.0)
    started = time.monotonic()
    assert answers(provider, 10) == echoes(10)
    assert time.monotonic() - started < 2


def test_a_server_that_hangs_holds_up_one_call(
    make_server: MakeServer, make_provider: Make
) -> None:
    slow, good = make_server(), make_server()
    slow.always = hangs(3.0)
    provider = make_provider("ollama", slow, good, timeout_s=0.5, backoff_s=5.0)
    started = time.monotonic()
    assert answers(provider, 20) == echoes(20)
    assert time.monotonic() - started < 2.5


def test_the_last_call_of_a_batch_is_asked_twice_and_the_books_say_so(
    make_server: MakeServer, make_provider: Make, lines: list[str]
) -> None:
    slow, quick = make_server(work_s=2.0), make_server(work_s=0.01)
    provider = make_provider("ollama", slow, quick)
    assert answers(provider, 30) == echoes(30)
    assert (len(slow.chats), len(quick.chats)) == (1, 30)
    assert lines == []
    provider.close()
    provider.close()
    assert lines == ["ollama:tiny:latest: 1 call went to a second server, too, while one was slow"]


def test_a_server_that_hangs_holds_nobody_up(
    make_server: MakeServer, make_provider: Make, lines: list[str]
) -> None:
    hanging, good = make_server(), make_server(work_s=0.01)
    hanging.always = hangs(30.0)
    provider = make_provider("ollama", hanging, good, concurrency=4, timeout_s=60.0)
    assert answers(provider, 20) == echoes(20)
    assert len(good.chats) == 20
    assert good.most_in_flight <= 2
    assert lines == []


def test_two_servers_that_fail_at_one_call(make_server: MakeServer, make_provider: Make) -> None:
    servers = [make_server(work_s=work_s) for work_s in (0.3, 0.01)]
    provider = make_provider("ollama", *servers, attempts=1)
    assert answers(provider, 10) == echoes(10)
    for server in servers:
        server.always = fails(500)
    with pytest.raises(TransientError, match="a call failed at every attempt"):
        provider.generate(ask())


def test_as_few_calls_are_in_flight_as_was_asked_for(
    make_server: MakeServer, make_provider: Make
) -> None:
    slow, quick = make_server(work_s=0.1), make_server(work_s=0.01)
    provider = make_provider("ollama", slow, quick, concurrency=1)
    assert answers(provider, 20) == echoes(20)
    assert len(slow.chats) + len(quick.chats) == 20
    assert len(slow.chats) <= 2


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("", "http://127.0.0.1:11434"),
        ("example.com", "http://example.com:11434"),
        (" Example.com:1234/ ", "http://example.com:1234"),
        (":1234", "http://127.0.0.1:1234"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:80", "http://127.0.0.1"),
        ("[::]:1234", "http://[::1]:1234"),
        ("[0001::2]", "http://[1::2]:11434"),
        ("http://example.com", "http://example.com"),
        ("https://example.com:443/ollama/", "https://example.com/ollama"),
        ("HTTPS://example.com:8443", "https://example.com:8443"),
    ],
)
def test_addresses(given: str, normal: str) -> None:
    assert normal_address(given, setting="x", default_port=11434) == normal


@pytest.mark.parametrize(
    "given",
    [
        "ftp://example.com",
        "http://",
        "http://a:b",
        "http://a:pw",
        "http://u:pw@a:99999",
        "http://a:99999/pw",
        "http://pw:99999",
        "http://a;key=pw:99999",
        "http://b:pw:99999/v1",
        "ftp://b:pw:80",
        "http://a:0/pw",
        "http://p w/pw",
        "http://a:99999?key=pw",
        "http://u:pw@example.com",
        "u:pw@example.com",
        "http://example.com?key=pw",
        "http://example.com#pw",
        "http://[::1",
    ],
)
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(SettingsError, match=r"^promptevo_x: ") as caught:
        normal_address(given, setting="promptevo_x")
    assert "pw" not in str(caught.value)


def test_what_may_be_a_key_in_a_path_is_sent_and_not_shown() -> None:
    address = Address("https://gate.example/acc0unt-0123456789/v1")
    assert address.shown == "https://gate.example/***/v1"
    assert "0123456789" not in repr(address)
    assert set(address.hidden()) == {"acc0unt-0123456789"}
    assert address.target(b"/***/v1/chat?x=1") == b"/acc0unt-0123456789/v1/chat?x=1"
    assert address.target(b"/***/props") == b"/acc0unt-0123456789/props"
    plain = Address("https://gate.example/openai/v1")
    assert plain.shown == "https://gate.example/openai/v1"
    assert plain.target(b"/openai/v1/models") == b"/openai/v1/models"
    with pytest.raises(SettingsError) as caught:
        normal_address("ftp://gate.example/acc0unt-0123456789", setting="OPENAI_BASE_URL")
    assert "0123456789" not in str(caught.value)


def test_a_port_out_of_range_is_named() -> None:
    told = r"^OPENAI_BASE_URL: port 99999 is out of range: 1 to 65535$"
    with pytest.raises(SettingsError, match=told):
        normal_address("http://x:99999/v1", setting="OPENAI_BASE_URL")


def test_local_addresses() -> None:
    assert all(map(is_local, ["http://localhost:1", "http://127.0.0.9", "http://[::1]:1"]))
    assert not any(map(is_local, ["http://example.com", "http://10.0.0.1:1"]))


def test_hosts_come_from_options_then_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def hosts(*given: str) -> list[str]:
        options = ProviderOptions(ollama_hosts=given)
        pool = connect("ollama:tiny", options)._pool  # type: ignore[attr-defined]
        return [server.address for server in pool._servers]

    assert hosts() == ["http://127.0.0.1:11434"]
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:5")
    assert hosts() == ["http://127.0.0.1:5"]
    assert hosts("a", "b", "a:11434") == ["http://a:11434", "http://b:11434"]
    with pytest.raises(SettingsError, match="promptevo_ollama_hosts"):
        hosts("ftp://x")


def test_a_proxy_of_the_environment_is_not_asked_for_local_servers(
    server: Misbehaving, kind: str, make_provider: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert make_provider(kind, server).generate(ask()).text == "echo hello"
