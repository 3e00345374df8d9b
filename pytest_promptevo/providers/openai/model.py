"""One model on one OpenAI-compatible server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import did_you_mean
from pytest_promptevo.prompt import Completion
from pytest_promptevo.providers.http.faults import Fault, Unfit, clipped
from pytest_promptevo.providers.messages import plain_messages
from pytest_promptevo.providers.openai.errors import meaning
from pytest_promptevo.providers.thoughts import answer_only

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Request
    from pytest_promptevo.providers.base import ProviderOptions
    from pytest_promptevo.providers.http.addresses import Address
    from pytest_promptevo.providers.http.secrets import Secret

_SETTINGS = "promptevo_openai_base_url or OPENAI_BASE_URL"
_LOOK_S = 2.0
_PASSED_ON = ("temperature", "top_p", "top_k", "min_p", "repeat_penalty", "stop")


class OpenAIModel:
    """One model on one OpenAI-compatible server.

    Args:
        name: Of the model.
        address: Of the interface, usually ending in ``/v1``.
        options: Settings.
        secret: API key; an empty one is not sent.
    """

    def __init__(
        self, name: str, address: Address, options: ProviderOptions, secret: Secret
    ) -> None:
        import httpx

        from pytest_promptevo.providers.http.transport import client_arguments

        self._name = name
        self._address = address.shown
        self._secret = secret
        self._client = httpx.Client(**client_arguments(address, options, secret, _SETTINGS))

    def identity(self) -> dict[str, Any]:
        """Returns what the server tells of the model and does not change by itself.

        Raises:
            Unfit: if the server lists its models and this one is not among them.
        """
        from pytest_promptevo.providers.openai.answers import models_of

        found = models_of(self._send("GET", "models"))
        if not found:
            return {"id": self._name}
        model = found.get(self._name) or found.get(f"{self._name}:latest")
        if model is None:
            near = clipped(did_you_mean(self._name, map(self._secret.redact, found)))
            raise Unfit(f"there is no model {self._name}; {near}")
        return {"id": self._name, **model.told()}

    def slots(self) -> int | None:
        """Returns how many requests the server works on at once; None if out of reach.

        Only llama.cpp's server tells; for others it is 1.
        """
        from pytest_promptevo.providers.http.answers import read_json
        from pytest_promptevo.providers.openai.answers import slots_of

        root = self._address.removesuffix("/v1")
        try:
            response = self._client.get(f"{root}/props", timeout=_LOOK_S)
        except (Fault, Unfit):
            return None
        try:
            return slots_of(read_json(response.content))
        except Fault:
            return 1

    def generate(self, request: Request) -> Completion:
        """Answers one request, or raises `Fault`, `Unfit` or a `ProviderError`."""
        body = self._body(request)
        started = time.perf_counter()
        answer = self._send("POST", "chat/completions", body)
        wall_ms = (time.perf_counter() - started) * 1000
        return _completion(answer, wall_ms, self._secret)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _body(self, request: Request) -> dict[str, Any]:
        given = request.params
        body: dict[str, Any] = {n: given[n] for n in _PASSED_ON if given.get(n) is not None}
        body["model"] = self._name
        body["messages"] = plain_messages(request)
        body.setdefault("temperature", 0.0)
        # Many servers refuse fields they do not know, so no seed unless somebody wants one.
        if given.get("seed") is not None and body["temperature"]:
            body["seed"] = request.engine_seed
        if request.max_tokens is not None:
            body[self._limit_field()] = request.max_tokens
        if isinstance(given.get("think"), str):
            body["reasoning_effort"] = given["think"]
        elif given.get("think") is not None:
            body["chat_template_kwargs"] = {"enable_thinking": bool(given["think"])}
        if request.schema is not None:
            shape = {"name": "answer", "strict": True, "schema": dict(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return body

    def _limit_field(self) -> str:
        # OpenAI's own thinking models refuse the old name, many servers do not know the new one.
        return "max_completion_tokens" if "//api.openai.com" in self._address else "max_tokens"

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        from pytest_promptevo.providers.http.answers import read_json

        response = self._client.request(method, f"{self._address}/{path}", json=body)
        if path == "models" and response.status_code in (404, 405, 501):
            return {}
        if not response.is_success:
            raise meaning(response, self._name, self._secret.redact)
        return read_json(response.content)


def _completion(answer: Any, wall_ms: float, secret: Secret) -> Completion:
    from pytest_promptevo.providers.http.answers import understood
    from pytest_promptevo.providers.openai.answers import Chat

    chat = understood(Chat, answer)
    choice, usage, timings = chat.choices[0], chat.usage, chat.timings
    if usage is None or not usage.prompt_tokens or usage.completion_tokens is None:
        raise Fault("an answer without token counts")
    prompt_ms, latency_ms = None, wall_ms
    if timings and timings.prompt_ms is not None and timings.predicted_ms is not None:
        prompt_ms = round(timings.prompt_ms, 3)
        latency_ms = timings.prompt_ms + timings.predicted_ms
    return Completion(
        text=answer_only(secret.redact_answer(choice.message.content or "")),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        latency_ms=round(latency_ms, 3),
        finish="length" if choice.finish_reason == "length" else "stop",
        cached_tokens=chat.cached_tokens,
        prompt_ms=prompt_ms,
    )
