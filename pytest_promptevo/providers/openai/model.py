"""One model on one OpenAI-compatible server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import did_you_mean
from pytest_promptevo.prompt import Completion
from pytest_promptevo.providers.http.addresses import is_local
from pytest_promptevo.providers.http.faults import Fault, Unfit, fault_of
from pytest_promptevo.providers.messages import plain_messages
from pytest_promptevo.providers.openai.errors import meaning
from pytest_promptevo.providers.thoughts import answer_only

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Request
    from pytest_promptevo.providers.base import ProviderOptions
    from pytest_promptevo.providers.http.secrets import Secret

_CONNECT_S = 5.0
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

    def __init__(self, name: str, address: str, options: ProviderOptions, secret: Secret) -> None:
        import httpx

        self._name = name
        self._address = address
        self._timeout_s = options.timeout_s
        self._secret = secret
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {secret.reveal()}"} if secret else {},
            timeout=httpx.Timeout(options.timeout_s, connect=min(options.timeout_s, _CONNECT_S)),
            limits=httpx.Limits(max_keepalive_connections=None),
            trust_env=not is_local(address),
        )

    def identity(self) -> dict[str, Any]:
        """Returns what the server tells of the model and does not change by itself.

        Raises:
            Unfit: if the server lists its models and this one is not among them.
        """
        answer = self._send("GET", "models")
        listed = answer.get("data") or []
        found = {model["id"]: model for model in listed if isinstance(model, dict)}
        if not found:
            return {"id": self._name}
        model = found.get(self._name) or found.get(f"{self._name}:latest")
        if model is None:
            near = self._secret.redact(did_you_mean(self._name, found))
            raise Unfit(f"there is no model {self._name}; {near}")
        told = {name: model[name] for name in ("root", "parent", "meta") if model.get(name)}
        if isinstance(told.get("meta"), dict):
            told["meta"] = {key: told["meta"][key] for key in told["meta"] if key != "n_ctx"}
        return {"id": self._name, **told}

    def slots(self) -> int | None:
        """Returns how many requests the server works on at once; None if out of reach.

        Only llama.cpp's server tells; for others it is 1.
        """
        import httpx

        root = self._address.removesuffix("/v1")
        try:
            slots = self._client.get(f"{root}/props", timeout=_LOOK_S).json()["total_slots"]
        except httpx.TransportError:
            return None
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return 1
        return max(1, slots) if isinstance(slots, int) else 1

    def generate(self, request: Request) -> Completion:
        """Answers one request, or raises `Fault`, `Unfit` or a `ProviderError`."""
        body = self._body(request)
        started = time.perf_counter()
        answer = self._send("POST", "chat/completions", body)
        wall_ms = (time.perf_counter() - started) * 1000
        try:
            return _completion(answer, wall_ms, self._secret)
        except (KeyError, IndexError, TypeError, AttributeError):
            raise Fault("an answer that makes no sense (fields are missing)") from None

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
            body["seed"] = int(given["seed"]) + request.replicate
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

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, f"{self._address}/{path}", json=body)
            if path == "models" and response.status_code in (404, 405, 501):
                return {}
            answer = response.json() if response.is_success else None
        except Exception as error:
            raise fault_of(error, self._timeout_s, self._secret.redact) from None
        if not response.is_success:
            raise meaning(response, self._name, self._secret.redact)
        if not isinstance(answer, dict):
            raise Fault(f"an answer that makes no sense (a JSON {type(answer).__name__})")
        return answer


def _completion(answer: dict[str, Any], wall_ms: float, secret: Secret) -> Completion:
    choice = answer["choices"][0]
    usage = answer.get("usage") or {}
    prompt, generated = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not prompt or generated is None:
        raise Fault("an answer without token counts")
    timings = answer.get("timings") or {}
    prompt_ms = None
    if "prompt_ms" in timings and "predicted_ms" in timings:
        latency_ms = timings["prompt_ms"] + timings["predicted_ms"]
        prompt_ms = round(timings["prompt_ms"], 3)
    else:
        latency_ms = wall_ms
    return Completion(
        text=answer_only(secret.redact_answer(choice["message"].get("content") or "")),
        prompt_tokens=prompt,
        completion_tokens=generated,
        latency_ms=round(latency_ms, 3),
        finish="length" if choice.get("finish_reason") == "length" else "stop",
        cached_tokens=_cached(usage),
        prompt_ms=prompt_ms,
    )


def _cached(usage: dict[str, Any]) -> int | None:
    """Returns how many tokens of the prompt were cached, from a server that tells it."""
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return cached if isinstance(cached, int) and cached >= 0 else None
