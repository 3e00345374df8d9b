"""llama.cpp in this process: ``embedded:name`` and ``gguf:path/to/model.gguf``."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import file_sha256
from pytest_promptevo.errors import ContextOverflow, ModelUnavailable, ProviderError
from pytest_promptevo.prompt import Completion, Request
from pytest_promptevo.providers.embedded.catalog import lookup, own_path
from pytest_promptevo.providers.thoughts import answer_only

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.providers.base import ProviderOptions

SLOTS = 4
CONTEXT = 2048
"""Tokens of context that each slot has at least."""

_SPINS = "1000"
"""How long llama.cpp's threads spin before they sleep, in libgomp's unit, read when it is
loaded. With its default two engines on the same cores take each other's turns and answer a
hundred times slower; with this one each gets its share, and one alone loses nothing."""

_MAGIC = b"GGUF"
_PASSED_ON = ("temperature", "top_p", "top_k", "min_p", "seed", "repeat_penalty", "stop")


class Embedded:
    """A GGUF model that llama.cpp runs in this process; started by the first request.

    Args:
        reference: ``embedded:name`` or ``gguf:path``.
        options: Settings; a relative path starts from ``options.root``.

    Raises:
        SettingsError: if ``embedded:name`` is not in the catalogue.

    Attributes:
        is_spread: False.
    """

    is_spread = False

    def __init__(self, reference: str, options: ProviderOptions) -> None:
        self.reference = reference
        self.concurrency = options.concurrency or SLOTS
        self._options = options
        self._lock = threading.Lock()
        self._server: Any = None
        self._failed: ModelUnavailable | None = None
        kind, _, self._name = reference.partition(":")
        self._file = lookup(self._name) if kind == "embedded" else None

    def digest(self) -> str:
        """Returns the SHA-256 of the GGUF file; known without the file for catalogue models."""
        if self._file is not None:
            return f"sha256:{self._file.sha256}"
        return f"sha256:{file_sha256(self._own_file())}"

    def generate(self, request: Request) -> Completion:
        """Answers one request; four run at once, sharing cached prefixes."""
        answer = self._started().handle_chat_completions(_body(request))
        if not isinstance(answer, dict) or "choices" not in answer:
            raise _failure(answer, self.reference)
        choice = answer["choices"][0]
        timings, usage = answer["timings"], answer["usage"]
        return Completion(
            text=answer_only(choice["message"].get("content") or ""),
            prompt_tokens=usage["prompt_tokens"],
            completion_tokens=usage["completion_tokens"],
            latency_ms=round(timings["prompt_ms"] + timings["predicted_ms"], 3),
            finish="length" if choice["finish_reason"] == "length" else "stop",
            cached_tokens=timings.get("cache_n"),
            prompt_ms=round(timings["prompt_ms"], 3),
        )

    def close(self) -> None:
        """Frees the model."""
        with self._lock:
            self._server = self._failed = None

    def _own_file(self) -> Path:
        path = own_path(self._name, self._options.root)
        if path.is_dir():
            raise ModelUnavailable(f"{self.reference} is a folder, not a file")
        if not path.is_file():
            raise ModelUnavailable(
                f"{self.reference}: no such file\n"
                f"  hint: the path starts from {self._options.root.name or 'the root'}/; "
                "embedded:smollm2-135m-instruct is fetched by itself"
            )
        return path

    def _started(self) -> Any:
        with self._lock:
            if self._failed is not None:  # those who waited do not fetch and load it again
                raise ModelUnavailable(*self._failed.args)
            if self._server is None:
                try:
                    self._server = self._start()
                except ModelUnavailable as exc:
                    self._failed = exc
                    raise
            return self._server

    def _start(self) -> Any:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
        try:
            import xllamacpp
        except ImportError:
            raise ModelUnavailable(
                f"{self.reference} needs llama.cpp\n"
                "  hint: python -m pip install 'pytest-promptevo[embedded]'"
            ) from None
        path = self._verified()
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_parallel = self.concurrency
        params.n_ctx = self.concurrency * CONTEXT
        params.kv_unified = False
        params.cache_ram_mib = 0  # llama.cpp's host cache of prompts grows to 8 GiB otherwise
        params.verbosity = -1
        try:
            return xllamacpp.Server(params)
        except Exception as exc:
            raise ModelUnavailable(
                f"{self.reference}: llama.cpp cannot load it: {exc}\n"
                f"  hint: it has {path.stat().st_size:,} bytes: a file that is not whole or of "
                "another version of GGUF looks like this; compare its size with its source's"
            ) from None

    def _verified(self) -> Path:
        if self._file is None:
            path = self._own_file()
            with path.open("rb") as file:
                if file.read(len(_MAGIC)) != _MAGIC:
                    raise ModelUnavailable(f"{self.reference}: this is no GGUF file")
            return path
        from pytest_promptevo.providers.embedded.files import ensure  # a replay fetches nothing

        path = ensure(self._name, self._options.notify)
        if file_sha256(path) != self._file.sha256:
            raise ModelUnavailable(
                f"{path} is damaged: its SHA-256 is not {self._file.sha256[:16]}...\n"
                "  hint: delete it; it is fetched again"
            )
        return path


def _body(request: Request) -> dict[str, Any]:
    given = request.params
    body: dict[str, Any] = {name: given[name] for name in _PASSED_ON if given.get(name) is not None}
    body["messages"] = [{"role": turn.role, "content": turn.content} for turn in request.messages]
    body["cache_prompt"] = True
    body["seed"] = request.engine_seed
    body.setdefault("temperature", 0.0)
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    if request.schema is not None:
        shape = {"name": "answer", "strict": True, "schema": request.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    return body


def _failure(answer: Any, reference: str) -> ProviderError:
    error = answer.get("error", answer) if isinstance(answer, dict) else {"message": str(answer)}
    if isinstance(error, dict) and error.get("type") == "exceed_context_size_error":
        return ContextOverflow(
            f"{reference}: the prompt needs {error.get('n_prompt_tokens', '?')} tokens, "
            f"the context holds {error.get('n_ctx', CONTEXT)}"
        )
    message = error.get("message", error) if isinstance(error, dict) else error
    return ProviderError(f"{reference}: {message}")


def connect(reference: str, options: ProviderOptions) -> Embedded:
    """Returns the engine; nothing is loaded yet."""
    return Embedded(reference, options)
