"""What the HTTP client logs of an answer's headers, without what must not be shown."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOGGERS = ("connection", "http11", "http2", "proxy", "socks")

_redact: ContextVar[Callable[[str], str] | None] = ContextVar("redact", default=None)


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        redact = _redact.get()
        if redact is not None:
            record.msg, record.args = redact(record.getMessage()), ()
        return True


_FILTER = _Redacting()


@contextmanager
def logged_through(redact: Callable[[str], str]) -> Iterator[None]:
    """Lets what httpcore logs meanwhile go through a function; other calls are left alone."""
    for name in _LOGGERS:
        logging.getLogger(f"httpcore.{name}").addFilter(_FILTER)
    token = _redact.set(redact)
    try:
        yield
    finally:
        _redact.reset(token)
