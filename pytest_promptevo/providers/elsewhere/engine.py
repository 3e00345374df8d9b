"""The engines of a worker process: opened by the first call, held as long as it lives."""

from __future__ import annotations

import logging
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import ModelUnavailable
from pytest_promptevo.providers import ProviderOptions, connect

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Completion, Request
    from pytest_promptevo.providers import Provider

_log = logging.getLogger("pytest_promptevo")


@dataclass(frozen=True)
class Engine:
    """What a worker needs to open an engine; it pickles, and holds no API key.

    Attributes:
        reference: The model reference.
        root: The project's folder; a worker that has none of that name uses the one it was
            started in.
        settings: Keyword arguments for `ProviderOptions`, as pairs. Dask logs the arguments of
            a call that fails, and paths of addresses may hold keys: they are not shown.
    """

    reference: str
    root: str
    settings: tuple[tuple[str, Any], ...] = field(default=(), repr=False)

    def opened(self) -> Provider:
        """Returns this process's engine."""
        with _guard:
            if self not in _engines:
                root = Path(self.root) if Path(self.root).is_dir() else Path.cwd()
                options = ProviderOptions(root=root, notify=_log.warning, **dict(self.settings))
                _engines[self] = connect(self.reference, options)
            return _engines[self]


_engines: dict[Engine, Provider] = {}
_fit: set[tuple[Engine, str]] = set()
_guard = threading.Lock()


def digest_of(engine: Engine) -> str:
    """Returns what identifies the weights, as this worker has them.

    Raises:
        ModelUnavailable: if that cannot be known.
    """
    return engine.opened().digest()


def generate(engine: Engine, digest: str, request: Request) -> Completion:
    """Answers one request in this process.

    Args:
        engine: The engine.
        digest: Of the weights that the answer must come from.
        request: The request.

    Raises:
        ProviderError: as the engine does, and `ModelUnavailable` if it has other weights.
    """
    opened = engine.opened()
    if (engine, digest) not in _fit:
        found = opened.digest()
        if found != digest:
            raise ModelUnavailable(
                f"{engine.reference}: the worker on {socket.gethostname()} has other weights "
                f"({found[:19]}, not {digest[:19]})\n"
                "  hint: give all workers the same model, then run again: answers are kept"
            )
        _fit.add((engine, digest))
    return opened.generate(request)
