"""How HTTP clients call a server: within a deadline, a size, and no other place's reach."""

from __future__ import annotations

import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore
import httpx

from pytest_promptevo.providers.http.addresses import is_local
from pytest_promptevo.providers.http.faults import Fault, Unfit, clipped, fault_of
from pytest_promptevo.providers.http.logs import logged_through
from pytest_promptevo.providers.http.network import DeadlineBackend, finished_within
from pytest_promptevo.providers.http.proxies import Proxy, proxy_for

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterable

    from pytest_promptevo.providers.base import ProviderOptions
    from pytest_promptevo.providers.http.addresses import Address
    from pytest_promptevo.providers.http.secrets import Secret

MOST_BYTES = 16 << 20
"""Size of an answer, decoded, above which it is given up."""

_CONNECT_S = 5.0
_KEEP_S = 5.0
_ENCODINGS = ("gzip", "deflate")
_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS


class KeyAuth(httpx.Auth):
    """Puts the key into each request; without one, no other gets there.

    Args:
        secret: The key.
    """

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "KeyAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Changes the request's header."""
        request.headers.pop("Authorization", None)
        if self._secret:
            request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        yield request


class Transport(httpx.BaseTransport):
    """Sends requests to one server; an answer comes whole, decoded, as UTF-8, or not at all.

    Args:
        address: Of the server.
        secret: What must not show in errors.
        setting: What says where the server is, for the hint of a redirect.

    Raises:
        Unfit: if proxy or certificates that the environment names cannot be used.
    """

    def __init__(self, address: Address, secret: Secret, setting: str) -> None:
        self._address = address
        self._secret = secret
        self._setting = setting
        trusts = not is_local(address.shown)
        context = _certificates(trusts) if address.shown.startswith("https:") else None
        proxy = proxy_for(address.shown) if trusts else None
        self._proxy = proxy.variable if proxy else ""
        self._pool = _pool(proxy, context)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request; what goes wrong is a `Fault` or `Unfit`."""
        limit_s = request.extensions["timeout"]["read"]
        try:
            with finished_within(limit_s), logged_through(self._secret.redact):
                status, headers, data = self._exchange(request)
        except Fault:
            raise
        except Exception as error:
            raise fault_of(error, limit_s, self._secret.redact, self._proxy) from None
        if 300 <= status < 400:
            raise Unfit(self._redirect(status, headers.get("Location", ""), request))
        kept = {name: headers[name] for name in ("Retry-After",) if name in headers}
        # Whatever charset the server names: JSON is UTF-8.
        kept["Content-Type"] = "application/json"
        return httpx.Response(status, headers=kept, content=data)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    def _exchange(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=self._address.target(request.url.raw_path),
        )
        sent = httpcore.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with closing(self._pool.handle_request(sent)) as response:
            headers = httpx.Headers(response.headers)
            encoding = headers.get("Content-Encoding", "identity").strip()
            if encoding.lower() not in (*_ENCODINGS, "identity", ""):
                shown = clipped(self._secret.redact(encoding))[:20]
                raise Fault(f"an answer that makes no sense (encoded as {shown!r})")
            whole = _whole(response.iter_stream(), encoding.lower())
            return response.status, headers, whole

    def _redirect(self, status: int, location: str, request: httpx.Request) -> str:
        try:
            # Before its host is written small, and after what is special in it was encoded.
            parts = urlsplit(str(request.url.join(self._secret.redact(location))))
            where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        except (ValueError, httpx.InvalidURL):
            where = "nowhere"
        shown = clipped(self._secret.redact(where))
        return (
            f"it redirects to {shown} ({status}), and redirects are not followed\n"
            f"  hint: {self._setting} must name the address where the server itself is"
        )


def client_arguments(
    address: Address, options: ProviderOptions, secret: Secret, setting: str
) -> dict[str, Any]:
    """Returns the arguments of a client of httpx for one server.

    Args:
        address: Of the server.
        options: Settings.
        secret: The key to send, and what must not show in errors.
        setting: What says where the server is, for hints.

    Raises:
        Unfit: if proxy or certificates that the environment names cannot be used.
    """
    try:
        transport = Transport(address, secret, setting)
    except Unfit:
        raise
    except Exception as error:
        text = clipped(secret.redact(str(error)))
        raise Unfit(f"no connection can be set up ({type(error).__name__}: {text})") from None
    connect_s = min(options.timeout_s, _CONNECT_S)
    return {
        "transport": transport,
        "auth": KeyAuth(secret),
        "headers": {"Accept-Encoding": ", ".join(_ENCODINGS)},
        "timeout": httpx.Timeout(options.timeout_s, connect=connect_s),
        "trust_env": False,
        "follow_redirects": False,
    }


def _pool(proxy: Proxy | None, context: ssl.SSLContext | None) -> httpcore.ConnectionPool:
    common: dict[str, Any] = {
        "ssl_context": context,
        "max_connections": None,
        "keepalive_expiry": _KEEP_S,
        "network_backend": DeadlineBackend(),
    }
    if proxy is None:
        return httpcore.ConnectionPool(**common)
    if not proxy.url.startswith("socks"):
        return httpcore.HTTPProxy(proxy.url, proxy_auth=proxy.login, **common)
    try:
        return httpcore.SOCKSProxy(
            proxy.url.replace("socks5h:", "socks5:"), proxy_auth=proxy.login, **common
        )
    except (ImportError, RuntimeError):
        raise Unfit(
            f"{proxy.variable} names a SOCKS proxy, which needs the package socksio\n"
            "  hint: pip install 'httpx[socks]', or NO_PROXY for servers that need no proxy"
        ) from None


def _certificates(trusts_environment: bool) -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context(trust_env=trusts_environment)
    except OSError as error:
        raise Unfit(
            "the certificates cannot be read that the environment variable SSL_CERT_FILE "
            f"or SSL_CERT_DIR names ({type(error).__name__})"
        ) from None


def _whole(chunks: Iterable[bytes], encoding: str) -> bytes:
    inflate = zlib.decompressobj(_ZLIB_OR_GZIP) if encoding in _ENCODINGS else None
    whole, sent = bytearray(), 0
    for chunk in chunks:
        sent += len(chunk)
        room = MOST_BYTES + 1 - len(whole)
        if inflate is None:
            whole += chunk[:room]
        elif not inflate.eof:  # what stands behind the end would be kept by the decompressor
            whole += inflate.decompress(chunk, room)
        if max(sent, len(whole)) > MOST_BYTES:
            raise Fault(f"an answer of more than {MOST_BYTES >> 20} MB")
    if inflate and whole and not inflate.eof:
        raise Fault("an answer that makes no sense (its compression is damaged)")
    return bytes(whole)
