"""A model whose calls are made in the processes of a cluster."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pytest_promptevo.providers import ProviderOptions, connect, kind_of, split_reference
from pytest_promptevo.providers.base import OLLAMA_VARIABLE, OPENAI_VARIABLE
from pytest_promptevo.providers.elsewhere.engine import Engine, digest_of, generate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_promptevo.prompt import Completion, Request

T = TypeVar("T")

_AHEAD = 2
"""Calls on their way for each thread of a worker: while it answers one, the next is there."""


class Cluster(Protocol):
    """Processes that call functions."""

    @property
    def threads(self) -> int:
        """Calls that all workers together make at once, now; 0 where nobody knows."""
        ...

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Returns what a function returns in one of the processes.

        Raises:
            ModelUnavailable: if the cluster cannot be reached.
            PromptEvoError: what the function raises.
        """
        ...


class Remote:
    """A model that the workers of a cluster run.

    Args:
        reference: The model reference.
        root: The project's folder.
        settings: Keyword arguments for `ProviderOptions`.
        cluster: Returns the cluster; called when it is first needed.

    Attributes:
        reference: The model reference.
        is_spread: True: each thread of a worker is an engine.
    """

    is_spread = True

    def __init__(
        self,
        reference: str,
        root: Path,
        settings: Mapping[str, Any],
        cluster: Callable[[], Cluster],
    ) -> None:
        self.reference = reference
        # Where a server is not needed for it, the digest is known here as well as anywhere.
        self._here = connect(reference, ProviderOptions(root=root, **settings))
        sent = {**settings, **_address(reference, settings)}
        self._engine = Engine(reference, str(root), tuple(sorted(sent.items())))
        self._cluster = cluster

    def __repr__(self) -> str:
        return f"Remote({self.reference!r})"

    @property
    def concurrency(self) -> int:
        """Calls on their way to all workers: of them, each thread makes one at a time."""
        return _AHEAD * max(1, self._cluster().threads)

    def digest(self) -> str:
        """Returns what identifies the weights."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        if not kind_of(self.reference).needs_server:
            return self._here.digest()
        return self._cluster().call(digest_of, self._engine)

    def generate(self, request: Request) -> Completion:
        """Answers one request."""
        return self._cluster().call(generate, self._engine, self._digest, request)

    def close(self) -> None:
        """Frees what this process holds; workers keep their engines."""
        self._here.close()


def _address(reference: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the setting of a server's address that the environment says here, if it does.

    Workers have environments of their own: what is meant for this server must not go to theirs.
    """
    kind, _ = split_reference(reference)
    if kind == "openai" and not settings.get("openai_base_url"):
        said = os.environ.get(OPENAI_VARIABLE, "").strip()
        return {"openai_base_url": said} if said else {}
    if kind == "ollama" and not settings.get("ollama_hosts"):
        said = os.environ.get(OLLAMA_VARIABLE, "").strip()
        return {"ollama_hosts": (said,)} if said else {}
    return {}
