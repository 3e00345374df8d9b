"""Providers of both kinds in front of a server that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from misbehaving import KEYS, Misbehaving

from pytest_promptevo.providers import Provider, ProviderOptions, connect


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA_HOST", "OLLAMA_NUM_PARALLEL", "OPENAI_BASE_URL", *KEYS.values()):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make_server() -> Iterator[Callable[..., Misbehaving]]:
    servers: list[Misbehaving] = []

    def make(**settings: Any) -> Misbehaving:
        servers.append(Misbehaving(**settings).start())
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def server(make_server: Callable[..., Misbehaving]) -> Misbehaving:
    return make_server()


@pytest.fixture(params=["ollama", "openai"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lines() -> list[str]:
    """What a provider has told the user."""
    return []


Make = Callable[..., Provider]


@pytest.fixture
def make_provider(lines: list[str]) -> Iterator[Make]:
    made: list[Provider] = []

    def make(
        kind: str, *servers: Misbehaving, model: str = "tiny:latest", **settings: Any
    ) -> Provider:
        quick: dict[str, Any] = {"patience_s": 3.0, "backoff_s": 0.01, "timeout_s": 5.0}
        where: dict[str, Any] = (
            {"ollama_hosts": tuple(server.address for server in servers)}
            if kind == "ollama"
            else {"openai_base_url": f"{servers[0].address}/v1"}
        )
        options = ProviderOptions(**(quick | where | {"notify": lines.append} | settings))
        made.append(connect(f"{kind}:{model}", options))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def provider(kind: str, server: Misbehaving, make_provider: Make) -> Provider:
    return make_provider(kind, server)
