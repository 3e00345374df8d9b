"""Proxies and certificates that the environment names: used, or refused without showing them."""

from __future__ import annotations

import os
import sys
import traceback
from base64 import b64encode
from contextlib import closing
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from misbehaving import KEYS, Handler, Misbehaving, ask, fails

from pytest_promptevo.errors import ModelUnavailable, SettingsError
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.providers.http.proxies import proxy_for, proxy_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk-Zq81fT5uCanary0977XyW"
PASSWORD = "pw-Canary0977%2FXyW"
PLAIN = "pw-Canary0977/XyW"
HEADER = b64encode(f"me:{PLAIN}".encode()).decode()
CANARIES = (KEY, PASSWORD, PLAIN, HEADER)

BROKEN = {
    "SOCKS without its extra": {"ALL_PROXY": f"socks5://me:{PASSWORD}@127.0.0.1:9"},
    "no port": {"HTTPS_PROXY": f"http://me:{PASSWORD}@127.0.0.1:none"},
    "a port too large": {"HTTPS_PROXY": f"http://me:{PASSWORD}@127.0.0.1:99999999"},
    "another scheme": {"HTTPS_PROXY": f"ftp://me:{PASSWORD}@127.0.0.1:9"},
    "no host": {"HTTPS_PROXY": f"http://me:{PASSWORD}@"},
    "half an address": {"HTTPS_PROXY": f"http://me:{PASSWORD}@[::1"},
    "no ASCII": {"HTTPS_PROXY": f"http://me:{PASSWORD}@h\u00f6st\u2028:9"},
    "no certificates": {"SSL_CERT_FILE": "/nowhere/certificates.pem"},
}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT"):
            monkeypatch.delenv(name)


def with_locals(error: BaseException) -> str:
    """All that a report could show of an error, but for the variables of the test itself."""
    assert error.__cause__ is error.__context__ is None
    assert error.__traceback__ is not None
    frames = traceback.walk_tb(error.__traceback__.tb_next)
    stack = traceback.StackSummary.extract(frames, capture_locals=True).format()
    assert stack
    return "".join([str(error), repr(error), repr(vars(error)), *stack])


@pytest.mark.parametrize("name", BROKEN)
def test_a_client_that_cannot_be_made_is_a_clear_error_without_the_key(
    name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEYS[kind], KEY)
    for variable, value in BROKEN[name].items():
        monkeypatch.setenv(variable, value)
    where: dict[str, Any] = {"ollama_hosts": ("https://models.invalid:4",)}
    if kind == "openai":
        where = {"openai_base_url": "https://models.invalid:4/v1"}
    options = ProviderOptions(patience_s=0.2, **where)
    with closing(connect(f"{kind}:tiny", options)) as provider:
        assert provider.concurrency == 1
        with pytest.raises(ModelUnavailable, match=next(iter(BROKEN[name]))) as caught:
            provider.generate(ask())
    assert not [canary for canary in CANARIES if canary in with_locals(caught.value)]


def test_a_proxy_gets_its_password_and_an_error_does_not(
    kind: str, server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is the proxy here, and quotes what it was sent."""

    def behave(handler: Handler, _path: str, _body: dict[str, Any]) -> None:
        sent.append(handler.headers["Proxy-Authorization"])
        quoted = f"{handler.headers.as_string()} {PLAIN} {PASSWORD}"
        fails(400, quoted)(handler, {})

    sent: list[str] = []
    server.answer = behave  # type: ignore[method-assign]
    monkeypatch.setenv(KEYS[kind], KEY)
    monkeypatch.setenv("HTTP_PROXY", f"http://me:{PASSWORD}@127.0.0.1:{server.port}")
    where: dict[str, Any] = {"ollama_hosts": ("http://models.invalid:4",)}
    if kind == "openai":
        where = {"openai_base_url": "http://models.invalid:4/v1"}
    options = ProviderOptions(patience_s=0.2, **where)
    with closing(connect(f"{kind}:tiny", options)) as provider:
        with pytest.raises(ModelUnavailable, match="refuses the request") as caught:
            provider.generate(ask())
    assert sent
    assert set(sent) == {f"Basic {HEADER}"}
    assert not [canary for canary in CANARIES if canary in str(caught.value)]


def test_a_proxy_that_is_not_there_is_named(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    where: dict[str, Any] = {"ollama_hosts": ("http://models.invalid:4",)}
    if kind == "openai":
        where = {"openai_base_url": "http://models.invalid:4/v1"}
    options = ProviderOptions(patience_s=0.2, **where)
    with closing(connect(f"{kind}:tiny", options)) as provider:
        with pytest.raises(ModelUnavailable, match="through the proxy of HTTP_PROXY"):
            provider.generate(ask())


def test_servers_of_this_machine_need_no_proxy(
    server: Misbehaving, make_provider: Callable[..., Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    assert make_provider("openai", server).generate(ask()).text == "echo hello"


@pytest.mark.skipif(find_spec("socksio") is not None, reason="SOCKS works here")
def test_ollamas_package_that_cannot_be_imported_is_a_clear_error(
    server: Misbehaving, make_provider: Callable[..., Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It makes a client of its own, with the key, for whatever the environment names."""
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    monkeypatch.setenv("ALL_PROXY", f"socks5://me:{PASSWORD}@127.0.0.1:9")
    for name in [name for name in sys.modules if name.partition(".")[0] == "ollama"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModelUnavailable, match=r"cannot be imported.*socks.*\n  hint: ") as caught:
        make_provider("ollama", server).generate(ask())
    assert not [canary for canary in CANARIES if canary in with_locals(caught.value)]


def test_which_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "all.example:1")
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@secure.example:2")
    monkeypatch.setenv("NO_PROXY", "near.example")
    assert proxy_for("http://far.example/v1") == ("http://all.example:1", None, "ALL_PROXY")
    secure = proxy_for("https://far.example/v1")
    assert secure is not None
    assert secure.url == "http://secure.example:2"
    assert secure.login == (b"me", PLAIN.encode())
    assert repr(secure) == "Proxy(HTTPS_PROXY)"
    assert proxy_for("https://near.example:8/v1") is None
    assert proxy_secrets() == {PASSWORD, PLAIN, HEADER}


@pytest.mark.parametrize(
    "address",
    [f"http://me:{KEY}@host/v1", f"http:/me:{KEY}@host", f"x://me:{KEY}@h", f"me:{KEY}@h"],
)
def test_a_password_in_an_address_is_refused_and_shown_nowhere(
    address: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL" if kind == "openai" else "OLLAMA_HOST", address)
    with pytest.raises(SettingsError, match="must hold no password") as caught:
        connect(f"{kind}:tiny", ProviderOptions())
    assert KEY not in with_locals(caught.value)
