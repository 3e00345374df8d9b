"""Names and sockets that obey the deadline of a whole call, not of a single read."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

_SLICE = 1 << 16

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def finished_within(seconds: float) -> Iterator[None]:
    """Ends what is read and written meanwhile, however little of it comes at a time.

    Raises:
        httpcore.TimeoutException: if the seconds are over.
    """
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class _Names:
    """Looks up names of hosts in threads, because the system's look-up cannot be given up.

    One thread looks a name up for all who wait for it, so that they do not pile up behind a
    server of names that does not answer.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._asked: dict[str, Future[list[str]]] = {}

    def addresses(self, host: str, seconds: float | None) -> list[str]:
        """Returns the addresses of a host, in the order in which they shall be tried.

        Raises:
            httpcore.ConnectError: if it has none.
            httpcore.ConnectTimeout: if that is not known in time.
        """
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        with self._guard:
            found = self._asked.get(host)
            if found is None:
                found = Future()
                threading.Thread(target=self._look_up, args=(host, found), daemon=True).start()
                self._asked[host] = found
        try:
            return found.result(seconds)
        except NotInTime:
            raise httpcore.ConnectTimeout("the name of the host was not found in time") from None
        except (OSError, UnicodeError) as exc:
            raise httpcore.ConnectError(str(exc)) from None

    def _look_up(self, host: str, found: Future[list[str]]) -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.set_result(list(dict.fromkeys(str(row[4][0]) for row in rows)))
        except BaseException as exc:
            found.set_exception(exc)
        finally:
            with self._guard:
                del self._asked[host]


_names = _Names()


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections whose look-ups, reads and writes end at the deadline of their call."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **settings: Any
    ) -> httpcore.NetworkStream:
        """Opens a connection to the first address of a host that takes one."""
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _names.addresses(host, _left(timeout, httpcore.ConnectTimeout)):
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(self._backend.connect_tcp(address, port, left, *args, **settings))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                error = exc
        raise error

    def sleep(self, seconds: float) -> None:
        """Sleeps."""
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _SLICE):
            left = _left(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _SLICE], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the time of the call is over")
    return left if timeout is None else min(timeout, left)
