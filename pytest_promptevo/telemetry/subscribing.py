"""The two subscribers of live events, each there once at most."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

_ends: dict[str, Callable[[], None]] = {}
_guard = threading.Lock()


def opentelemetry() -> Callable[[], None]:
    """Tells OpenTelemetry of live traffic, from now on: spans, log events and metrics.

    Only the API is used: without an SDK that the application sets up (before or after) nothing
    is told. Calling it again changes nothing.

    Returns:
        A function that ends it.

    Raises:
        SettingsError: if the extra ``otel`` is not installed.
    """
    return _started("otel", "opentelemetry-api")


def sentry() -> Callable[[], None]:
    """Tells Sentry of live traffic, from now on: tags, and an issue for each dropped candidate.

    Without ``sentry_sdk.init`` nothing is told. Calling it again changes nothing.

    Returns:
        A function that ends it.

    Raises:
        SettingsError: if the extra ``sentry`` is not installed.
    """
    return _started("sentry", "sentry-sdk")


def _started(extra: str, package: str) -> Callable[[], None]:
    try:
        module = import_module(f"pytest_promptevo.telemetry.to_{extra}")
    except ImportError as exc:
        raise SettingsError(
            f"telemetry needs {package} ({exc}): pip install 'pytest-promptevo[{extra}]'"
        ) from None
    with _guard:
        if extra not in _ends:
            _ends[extra] = module.start()
    return lambda: _end(extra)


def _end(extra: str) -> None:
    with _guard:
        end = _ends.pop(extra, None)
    if end is not None:
        end()
