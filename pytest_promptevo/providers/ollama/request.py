"""How a request is put to Ollama."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.providers.messages import plain_messages

if TYPE_CHECKING:
    import httpx

    from pytest_promptevo.prompt import Request

_PASSED_ON = ("temperature", "top_p", "top_k", "min_p", "repeat_penalty", "num_ctx")
_WHOLE_PROMPT = {"truncate": False, "shift": False}


def chat_arguments(name: str, request: Request, keep_alive: str) -> dict[str, Any]:
    """Returns the arguments of the official client's ``chat``."""
    arguments: dict[str, Any] = {
        "model": name,
        "messages": plain_messages(request),
        "options": _options(request),
    }
    if request.schema is not None:
        arguments["format"] = dict(request.schema)
    if request.params.get("think") is not None:
        arguments["think"] = request.params["think"]
    if keep_alive:
        arguments["keep_alive"] = _duration(keep_alive)
    return arguments


def demand_whole_prompt(request: httpx.Request) -> None:
    """Changes a chat's HTTP request so that the server refuses what it would cut.

    Ollama leaves out old messages of a chat that does not fit ``num_ctx`` and answers as if
    nothing had happened; the official client has no argument for the fields that prevent it.
    """
    if not request.url.path.endswith("/api/chat"):
        return
    import httpx

    body = json.dumps(json.loads(request.content) | _WHOLE_PROMPT).encode()
    request.stream = httpx.ByteStream(body)
    request.headers["Content-Length"] = str(len(body))


def _options(request: Request) -> dict[str, Any]:
    given = request.params
    options = {name: given[name] for name in _PASSED_ON if given.get(name) is not None}
    options.setdefault("temperature", 0.0)
    options["seed"] = request.engine_seed
    if request.max_tokens is not None:
        options["num_predict"] = request.max_tokens
    if given.get("stop"):
        options["stop"] = [given["stop"]] if isinstance(given["stop"], str) else [*given["stop"]]
    return options


def _duration(text: str) -> float | str:
    """Returns a bare number as one, since Ollama demands a unit in a text."""
    try:
        return float(text)
    except ValueError:
        return text
