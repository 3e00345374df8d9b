"""Which server a worker of a cluster asks, and what of it may be logged there."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from misbehaving import Misbehaving, ask

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.providers.elsewhere import engine
from pytest_promptevo.providers.elsewhere.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
VARIABLES = {"ollama": "OLLAMA_HOST", "openai": "OPENAI_BASE_URL"}


class Elsewhere:
    """A cluster of one worker, which has an environment of its own."""

    threads = 1

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
        self._monkeypatch = monkeypatch
        self._environment = environment
        self.logged = ""

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        self.logged += repr(arguments)
        with self._monkeypatch.context() as patched:
            for name in VARIABLES.values():
                patched.delenv(name, raising=False)
            for name, value in self._environment.items():
                patched.setenv(name, value)
            return function(*pickle.loads(pickle.dumps(arguments)))


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: dict[Any, Any] = {}
    monkeypatch.setattr(engine, "_engines", opened)
    yield
    for each in opened.values():
        each.close()


def address(kind: str, server: Misbehaving) -> str:
    return server.address if kind == "ollama" else f"{server.address}/v1"


def answered(kind: str, root: Path, cluster: Elsewhere, **settings: Any) -> str:
    remote = Remote(f"{kind}:tiny:latest", root, {"patience_s": 1.0, **settings}, lambda: cluster)
    text = remote.generate(ask("there")).text
    remote.close()
    return text


@pytest.mark.parametrize("theirs", [False, True], ids=["they have none", "they have another"])
def test_workers_ask_the_server_that_the_environment_names_here(
    kind: str,
    theirs: bool,
    server: Misbehaving,
    make_server: Callable[..., Misbehaving],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = make_server()
    monkeypatch.setenv(VARIABLES[kind], f" {address(kind, server)} ")
    environment = {VARIABLES[kind]: address(kind, other)} if theirs else {}
    cluster = Elsewhere(monkeypatch, **environment)
    assert answered(kind, tmp_path, cluster) == "echo there"
    assert (len(server.chats), other.seen) == (1, [])


def test_a_setting_is_stronger_than_the_environment(
    kind: str, server: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[kind], "http://127.0.0.1:9")
    where: dict[str, Any] = (
        {"ollama_hosts": (server.address,)}
        if kind == "ollama"
        else {"openai_base_url": address(kind, server)}
    )
    assert answered(kind, tmp_path, Elsewhere(monkeypatch), **where) == "echo there"


def test_workers_ask_their_own_server_where_none_is_named_here(
    kind: str, server: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[kind], " ")
    cluster = Elsewhere(monkeypatch, **{VARIABLES[kind]: address(kind, server)})
    assert answered(kind, tmp_path, cluster) == "echo there"


def test_what_workers_log_of_a_call_has_no_key_of_an_address(
    server: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-Zq81fT5uCanary0977XyW"
    cluster = Elsewhere(monkeypatch)
    settings = {"openai_base_url": f"{server.address}/{key}/v1"}
    remote = Remote("openai:tiny:latest", tmp_path, settings, lambda: cluster)
    assert remote.digest()
    remote.close()
    assert "openai:tiny:latest" in cluster.logged
    assert key not in cluster.logged


def test_an_address_that_is_none_is_told_here(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[kind], "ftp://h")
    with pytest.raises(SettingsError, match=f"^{VARIABLES[kind]}: 'ftp://h' is not an address"):
        answered(kind, tmp_path, Elsewhere(monkeypatch))
