"""What Ollama leaves unsaid: how long a refused prompt is, which names mean the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.prompt import Request

_SMALL_CONTEXT = 1024


def tokens_needed(count: Callable[[str], int], request: Request, num_ctx: int) -> int:
    """Returns about how many tokens a prompt needs that is too long to be counted.

    Ollama does not tell. Two pieces of the prompt that surely fit are counted, and the
    difference between them is extended to the whole.

    Args:
        count: Returns the tokens of a chat that consists of one text.
        request: The request.
        num_ctx: The context that it did not fit, or 0 if unknown.
    """
    text = "\n".join(turn.content for turn in request.messages)
    long = text[: max(2, (num_ctx or _SMALL_CONTEXT) // 8)]
    short = long[: len(long) // 2]
    at_long, at_short = count(long), count(short)
    per_char = (at_long - at_short) / max(1, len(long) - len(short))
    return max(num_ctx + 1, round(at_long + per_char * (len(text) - len(long))))


def same_model(name: str, wanted: str) -> bool:
    """Tells whether two names are of one model; a name without a tag means ``latest``."""
    return _tagged(name) == _tagged(wanted)


def _tagged(name: str) -> str:
    last = name.rpartition("/")[2]
    return (name if ":" in last else f"{name}:latest").lower()
