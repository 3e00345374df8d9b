"""Which failures of a server are worth another attempt, and how long to wait for it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 10
_BUSY = frozenset({429, 502, 503, 504})
_TEXT_LIMIT = 300

# The state of the `random` module belongs to the user's tests.
_jitter = random.SystemRandom()


class Fault(Exception):
    """An attempt failed in a way that another one may not.

    Args:
        why: What happened, without a final full stop.
        gone: Whether the server is not there (or too busy), rather than answering badly.
        wait_s: Seconds that the server asks to be left alone.
    """

    def __init__(self, why: str, *, gone: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.gone = gone
        self.wait_s = wait_s


class Unfit(Exception):
    """This server cannot serve the model, however often it is asked."""


def wait_before(failures: int, first_s: float) -> float:
    """Returns the seconds to wait after so many failures in a row.

    They double up to ten times the first, with jitter.
    """
    return first_s * min(2.0 ** min(failures - 1, 16), _LONGEST) * _jitter.uniform(0.5, 1.0)


def fault_of(
    error: Exception, timeout_s: float, redact: Callable[[str], str], proxy: str = ""
) -> Exception:
    """Returns what an exception of the HTTP connection means: a `Fault` or `Unfit`.

    Args:
        error: The exception.
        timeout_s: The limit of the call.
        redact: Takes secrets out of a text.
        proxy: The environment variable whose proxy the connection goes through, if any.
    """
    through = f" through the proxy of {proxy}" if proxy else ""
    import httpcore

    text = clipped(redact(str(error)))
    if isinstance(error, httpcore.ProxyError):
        if text.startswith("407"):
            return Unfit("the proxy that the environment names wants user and password, or others")
        return Fault(f"no connection (the proxy refuses: {text})", gone=True)
    if isinstance(error, httpcore.ConnectError):
        if "CERTIFICATE" in text.upper():
            return Unfit(f"its certificate is not trusted ({text})")
        return Fault(f"no connection{through} ({text})", gone=True)
    if isinstance(error, (httpcore.ConnectTimeout, httpcore.PoolTimeout)):
        return Fault(f"no connection{through} (timed out)", gone=True)
    if isinstance(error, httpcore.TimeoutException):
        return Fault(f"no answer within {timeout_s:g} s")
    if isinstance(error, (httpcore.NetworkError, httpcore.ProtocolError)):
        return Fault(f"the connection broke off before the answer was whole ({text})")
    return Fault(f"an answer that makes no sense ({type(error).__name__})")


def fault_of_status(status: int, text: str, wait_s: float = 0.0) -> Fault | None:
    """Returns the fault that a status code stands for, or None if asking again is no use."""
    if status in _BUSY:
        return Fault(f"it answers {status}: {text}", gone=True, wait_s=wait_s)
    if status >= 500 or status in (408, 425, 499):
        return Fault(f"it answers {status}: {text}")
    return None


def clipped(text: str) -> str:
    """Returns a server's text as one line of bearable length."""
    return shorten(" ".join(text.split()), _TEXT_LIMIT)
