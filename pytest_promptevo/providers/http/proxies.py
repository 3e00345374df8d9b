"""The proxy that the environment names for an address, and what of it is secret."""

from __future__ import annotations

import os
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from pytest_promptevo.providers.http.faults import Unfit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_SCHEMES = ("http", "https", "socks5", "socks5h")


class Proxy(NamedTuple):
    """A proxy.

    Attributes:
        url: Its address, without user and password.
        login: User and password, or None.
        variable: The environment variable that names it, for messages.
    """

    url: str
    login: tuple[bytes, bytes] | None
    variable: str

    def __repr__(self) -> str:
        return f"Proxy({self.variable})"


def proxy_for(address: str) -> Proxy | None:
    """Returns the proxy for an address: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``.

    Hosts that ``NO_PROXY`` lists have none.

    Raises:
        Unfit: if the variable holds no address of a proxy; its value is not shown.
    """
    parts = urlsplit(address)
    named = getproxies()
    scheme = next((name for name in (parts.scheme, "all") if named.get(name)), "")
    if not scheme or proxy_bypass(parts.netloc):
        return None
    return _proxy(named[scheme], f"{scheme.upper()}_PROXY")


def proxy_secrets() -> set[str]:
    """Returns passwords of all proxies, as written, as sent, and as they stand in headers."""
    values = [value for name, value in os.environ.items() if name.lower().endswith("_proxy")]
    found: set[str] = set()
    for value in values:
        user, _, password = value.partition("://")[2].rpartition("@")[0].partition(":")
        if not user and not password:
            user, _, password = value.rpartition("@")[0].partition(":")
        header = b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
        # A user without a password is a token.
        secret = password or user
        found |= {secret, unquote(secret), header} if secret else set()
    return found


def _proxy(value: str, variable: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port
    except ValueError:
        raise _unfit(variable) from None
    host = parts.hostname
    if not host or parts.scheme not in _SCHEMES or not host.isascii():
        raise _unfit(variable)
    shown = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{shown}{f':{port}' if port else ''}"
    return Proxy(url, _login(parts), variable)


def _login(parts: SplitResult) -> tuple[bytes, bytes] | None:
    if parts.username is None and parts.password is None:
        return None
    return unquote(parts.username or "").encode(), unquote(parts.password or "").encode()


def _unfit(variable: str) -> Unfit:
    return Unfit(
        f"the environment variable {variable} holds no address of a proxy\n"
        f"  hint: {variable}=http://host:port, or NO_PROXY for servers that need none"
    )
