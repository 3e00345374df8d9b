"""What every engine offers, and how one is chosen by its reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.prompt import Completion, Request


OLLAMA_VARIABLE = "OLLAMA_HOST"
OPENAI_VARIABLE = "OPENAI_BASE_URL"
"""Variables of the environment that say where a server is, where no option does."""


class Provider(Protocol):
    """An engine that answers requests; safe to call from several threads."""

    @property
    def reference(self) -> str:
        """The model reference that chose it, ``kind:name``."""
        ...

    @property
    def concurrency(self) -> int:
        """Calls that may be in flight at once; asking may ask a server, but never raises."""
        ...

    @property
    def is_spread(self) -> bool:
        """Whether several engines answer, so that calls of one prompt gain nothing in a row.

        One engine answers those quicker that begin as the last one did.
        """
        ...

    def digest(self) -> str:
        """Returns what identifies the weights: ``sha256:`` and 64 (or 16) hex digits.

        Raises:
            ModelUnavailable: if that cannot be known without the server or the file.
        """
        ...

    def generate(self, request: Request) -> Completion:
        """Answers one request.

        Raises:
            ModelUnavailable: no answer can be had from this model in this run.
            ContextOverflow: the prompt does not fit.
            TransientError: this call failed after all retries; the next may succeed.
        """
        ...

    def close(self) -> None:
        """Frees what the engine holds. Closing twice is fine."""
        ...


@dataclass(frozen=True)
class ProviderOptions:
    """Settings of all engines.

    Attributes:
        root: Folder that relative paths in references start from.
        concurrency: Calls in flight per model, or None for the engine's own default.
        timeout_s: Seconds after which a call counts as failed.
        ollama_hosts: Addresses of Ollama servers, or empty for ``OLLAMA_HOST`` and its default.
        openai_base_url: Address of an OpenAI-compatible server, or empty for
            ``OPENAI_BASE_URL`` and its default.
        ollama_keep_alive: How long an Ollama server keeps the model in memory after a call
            (``10m``, ``-1``), or empty for the server's own setting.
        patience_s: Seconds to wait in all for a server that does not answer.
        attempts: Times a call is tried that a server answers badly.
        backoff_s: Seconds before the first retry; each further wait is twice as long.
        notify: Takes a line of progress (a download, a wait for a server).
    """

    root: Path = field(default_factory=Path)
    concurrency: int | None = None
    timeout_s: float = 120.0
    ollama_hosts: tuple[str, ...] = field(default=(), repr=False)
    openai_base_url: str = field(default="", repr=False)
    ollama_keep_alive: str = ""
    patience_s: float = 60.0
    attempts: int = 5
    backoff_s: float = 0.5
    notify: Callable[[str], None] = lambda _line: None
