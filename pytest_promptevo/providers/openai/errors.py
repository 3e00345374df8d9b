"""What an OpenAI-compatible server means by an answer that is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_whole
from pytest_promptevo.errors import ContextOverflow, ModelUnavailable
from pytest_promptevo.providers.http.faults import Fault, Unfit, clipped, fault_of_status

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

_OVERFLOW_KINDS = ("exceed_context_size_error", "context_length_exceeded")
_OVERFLOW = re.compile(r"maximum context length|exceeds? the .*context|context (size|window)", re.I)


def meaning(response: httpx.Response, name: str, redact: Callable[[str], str]) -> Exception:
    """Returns the exception that an error answer stands for.

    Args:
        response: Any answer without success.
        name: Of the model.
        redact: Takes keys out of the server's text.
    """
    status = response.status_code
    error = _error(response)
    text = clipped(redact(str(error.get("message") or "no reason given")))
    kinds = (error.get("type"), error.get("code"))
    if any(kind in _OVERFLOW_KINDS for kind in kinds) or (status < 500 and _OVERFLOW.search(text)):
        return _overflow(error, name, text)
    fault = fault_of_status(status, text, _asked_wait_s(response))
    if fault is not None:
        return fault
    if status in (401, 403):
        return Unfit(f"it answers {status}: {text}\n  hint: set OPENAI_API_KEY in the environment")
    if status == 404:
        return Unfit(
            f"it answers 404: {text}\n  hint: does the address end in /v1, and has it {name}?"
        )
    return ModelUnavailable(f"openai:{name}: the server refuses the request ({status}): {text}")


def _overflow(error: dict[str, Any], name: str, text: str) -> ContextOverflow:
    needed, held = error.get("n_prompt_tokens"), error.get("n_ctx")
    if _is_count(needed) and _is_count(held):
        return ContextOverflow(
            f"openai:{name}: the prompt needs {needed} tokens, the context holds {held} (num_ctx)"
        )
    return ContextOverflow(f"openai:{name}: the prompt does not fit the context: {text}")


def _is_count(value: Any) -> bool:
    return is_whole(value) and 0 < value < 10**9


def _error(response: httpx.Response) -> dict[str, Any]:
    from pytest_promptevo.providers.http.answers import read_json

    try:
        body = read_json(response.content)
    except Fault:
        return {"message": response.text}
    error = body.get("error", body.get("detail", body)) if isinstance(body, dict) else body
    return error if isinstance(error, dict) else {"message": error}


def _asked_wait_s(response: httpx.Response) -> float:
    try:
        return min(60.0, max(0.0, float(response.headers.get("Retry-After", 0))))
    except ValueError:  # a date
        return 0.0
