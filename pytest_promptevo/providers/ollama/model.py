"""One model on one Ollama server, through the official client."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_promptevo.errors import ContextOverflow, ModelUnavailable
from pytest_promptevo.prompt import Completion
from pytest_promptevo.providers.http.faults import Fault, Unfit, clipped, fault_of_status
from pytest_promptevo.providers.ollama.context import same_model, tokens_needed
from pytest_promptevo.providers.ollama.request import chat_arguments, demand_whole_prompt
from pytest_promptevo.providers.thoughts import answer_only

if TYPE_CHECKING:
    from collections.abc import Callable

    import ollama

    from pytest_promptevo.prompt import Request
    from pytest_promptevo.providers.base import ProviderOptions
    from pytest_promptevo.providers.http.addresses import Address
    from pytest_promptevo.providers.http.secrets import Secret

T = TypeVar("T")

_SETTINGS = "promptevo_ollama_hosts or OLLAMA_HOST"
_REPEATS = 30

_TOO_LONG = re.compile(r"exceeds? .*context|context .*exceeded", re.IGNORECASE)

# Ollama gives these the status 500, though asking again does not cure them.
_REFUSAL = re.compile(
    r"must be of type|invalid JSON schema|requires more system memory|does not support",
    re.IGNORECASE,
)


class OllamaModel:
    """One model on one Ollama server.

    Args:
        name: ``name:tag``.
        address: Of the server.
        options: Settings.
        secret: What must not show in errors.
    """

    def __init__(
        self, name: str, address: Address, options: ProviderOptions, secret: Secret
    ) -> None:
        from pytest_promptevo.providers.http.transport import client_arguments
        from pytest_promptevo.providers.ollama.answers import check_answer

        self._name = name
        self._options = options
        self._secret = secret
        arguments = client_arguments(address, options, secret, _SETTINGS)
        self._client = _client_class(secret)(
            host=address.shown,
            event_hooks={"request": [demand_whole_prompt], "response": [check_answer]},
            **arguments,
        )

    def digest(self) -> str:
        """Returns the digest of the model's manifest.

        Raises:
            Unfit: if the server does not have the model.
        """
        models = self._ask(self._client.list).models
        found = next((m.digest for m in models if same_model(m.model or "", self._name)), None)
        if not found:
            raise self._missing()
        return f"sha256:{found.removeprefix('sha256:')}"

    def generate(self, request: Request) -> Completion:
        """Answers one request, or raises `Fault`, `Unfit` or a `ProviderError`."""
        arguments = chat_arguments(self._name, request, self._options.ollama_keep_alive)
        started = time.perf_counter()
        try:
            answer = self._ask(lambda: self._client.chat(**arguments))
        except ContextOverflow:
            raise self._overflow(request) from None
        if not answer.done:
            wall_ms = (time.perf_counter() - started) * 1000
            text = self._secret.redact_answer(answer.message.content or "")
            return self._broken_off(arguments, text, wall_ms, request.max_tokens)
        if not answer.prompt_eval_count:
            raise Fault("an answer without token counts")
        worked_ns = (answer.prompt_eval_duration or 0) + (answer.eval_duration or 0)
        return Completion(
            text=answer_only(self._secret.redact_answer(answer.message.content or "")),
            prompt_tokens=answer.prompt_eval_count,
            completion_tokens=answer.eval_count or 0,
            latency_ms=round(worked_ns / 1e6, 3),
            finish="length" if answer.done_reason == "length" else "stop",
            prompt_ms=_milliseconds(answer.prompt_eval_duration),
        )

    def close(self) -> None:
        """Closes the connections."""
        close = getattr(self._client, "close", None)  # clients before 0.6 cannot be closed
        if close is not None:
            close()

    def _broken_off(
        self, arguments: dict[str, Any], text: str, wall_ms: float, limit: int | None
    ) -> Completion:
        """Completes an answer that Ollama ended without any figures.

        It does so when a model has repeated a token 30 times. The prompt is counted by
        asking for a single token; how many were generated can only be estimated.
        """
        options = arguments["options"] | {"num_predict": 1}
        counted = self._ask(lambda: self._client.chat(**(arguments | {"options": options})))
        estimate = max(_REPEATS, len(text) // 4)
        return Completion(
            text=answer_only(text),
            prompt_tokens=counted.prompt_eval_count or 0,
            completion_tokens=estimate if limit is None else min(estimate, limit),
            latency_ms=round(wall_ms, 3),
            finish="length",
        )

    def _overflow(self, request: Request) -> ContextOverflow:
        num_ctx = self._context_length(request)

        def count(text: str) -> int:
            options = {"num_predict": 1} | ({"num_ctx": num_ctx} if num_ctx else {})
            chat = [{"role": "user", "content": text}]
            answer = self._ask(lambda: self._client.chat(self._name, chat, options=options))
            return answer.prompt_eval_count or 0

        needed = tokens_needed(count, request, num_ctx)
        return ContextOverflow(
            f"ollama:{self._name}: the prompt needs about {needed} tokens, "
            f"the context holds {num_ctx or 'fewer'} (num_ctx)"
        )

    def _context_length(self, request: Request) -> int:
        for loaded in self._ask(self._client.ps).models:
            length = getattr(loaded, "context_length", None)  # clients before 0.6 drop it
            if length and same_model(loaded.model or "", self._name):
                return int(length)
        return int(request.params.get("num_ctx") or 0)

    def _ask(self, ask: Callable[[], T]) -> T:
        """Runs a call of the client and puts what it raises into this package's terms."""
        import ollama

        try:
            return ask()
        except ollama.ResponseError as refusal:
            text = clipped(self._secret.redact(str(refusal.error)))
            raise self._meaning(refusal.status_code, text) from None
        except (Fault, Unfit):
            raise
        except Exception as error:
            name = type(error).__name__
            raise Fault(f"an answer that makes no sense ({name})") from None

    def _meaning(self, status: int, text: str) -> Exception:
        if status == 404:
            return self._missing()
        if _TOO_LONG.search(text):
            return ContextOverflow(text)
        fault = None if _REFUSAL.search(text) else fault_of_status(status, text)
        return fault or ModelUnavailable(
            f"ollama:{self._name}: the server refuses the request: {text}"
        )

    def _missing(self) -> Unfit:
        return Unfit(f"there is no model {self._name}\n  hint: ollama pull {self._name}")


def _client_class(secret: Secret) -> type[ollama.Client]:
    """Imports the official client, whose package makes one by itself, for all the environment."""
    try:
        import ollama
    except Exception as error:
        text = clipped(secret.redact(str(error)))
        raise Unfit(
            f"the package ollama cannot be imported ({type(error).__name__}: {text})\n"
            "  hint: it reads ALL_PROXY, HTTP_PROXY, HTTPS_PROXY and SSL_CERT_FILE; for a SOCKS "
            "proxy, pip install 'httpx[socks]'"
        ) from None
    return ollama.Client


def _milliseconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else round(nanoseconds / 1e6, 3)
