"""What an Ollama server answers, checked before the official client sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from pytest_promptevo.providers.http.answers import (
    Answer,
    Nanoseconds,
    Tokens,
    read_json,
    understood,
)

if TYPE_CHECKING:
    import httpx


class _Message(Answer):
    content: str | None = None


class _Chat(Answer):
    message: _Message
    done: bool | None = None
    done_reason: str | None = None
    prompt_eval_count: Tokens | None = None
    prompt_eval_duration: Nanoseconds | None = None
    eval_count: Tokens | None = None
    eval_duration: Nanoseconds | None = None


class _Model(Answer):
    model: str | None = None
    # It goes into recordings and locks, so it may be nothing else.
    digest: Annotated[str, Field(pattern=r"^(sha256:)?[0-9a-f]{12,64}$")] | None = None
    context_length: Tokens | None = None


class _Models(Answer):
    models: list[_Model]


_ANSWERS: dict[str, type[Answer]] = {"/api/chat": _Chat, "/api/tags": _Models, "/api/ps": _Models}


def check_answer(response: httpx.Response) -> None:
    """Reads a successful answer's fields that matter.

    Raises:
        Fault: if one is missing or impossible.
    """
    path = response.request.url.path
    model = next((model for end, model in _ANSWERS.items() if path.endswith(end)), None)
    if model is not None and response.is_success:
        understood(model, read_json(response.content))
