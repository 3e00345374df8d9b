"""One recorded answer and which requests it can serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.base.text import shorten
from pytest_promptevo.prompt import Completion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.prompt import Request


MOST = 10**9
"""Tokens, or milliseconds, that no answer has: a figure above it is none that was measured."""

_ENDING = 4
"""Tokens beyond its limit that an answer may have: some servers count what ends it."""

_COUNTS = ("prompt_tokens", "completion_tokens")
_TEXTS = ("key", "messages", "params", "model")


@dataclass(frozen=True, slots=True)
class Recording:
    """An answer, raw, with what it was the answer to.

    Attributes:
        key: `Request.key`: messages, model and parameters but for ``max_tokens``.
        max_tokens: The limit it was recorded under, or None.
        messages: Identifies the messages alone (to tell why a recording is stale).
        params: Identifies the parameters alone.
        model: Digest of the model.
        text: The raw answer.
        finish: ``stop`` or ``length``.
        prompt_tokens: Tokens of the prompt.
        completion_tokens: Tokens of the answer.
        latency_ms: Latency when it was recorded, in milliseconds.
        cached_tokens: Tokens of the prompt that the engine had cached, where it told.
        prompt_ms: Milliseconds of the prompt alone, where the engine told.
    """

    key: str
    max_tokens: int | None
    messages: str
    params: str
    model: str
    text: str
    finish: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    cached_tokens: int | None = None
    prompt_ms: float | None = None

    @classmethod
    def of(cls, request: Request, model: str, answer: Completion) -> Recording:
        """Builds the recording of an answer."""
        return cls(
            key=request.key(model),
            max_tokens=request.max_tokens,
            messages=request.messages_key,
            params=request.params_key,
            model=model,
            text=answer.text.encode("utf-8", "replace").decode(),
            finish=answer.finish,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            latency_ms=round(answer.latency_ms, 1),
            cached_tokens=answer.cached_tokens,
            prompt_ms=None if answer.prompt_ms is None else round(answer.prompt_ms, 1),
        )

    def misfit(self) -> str:
        """Returns what shows that this is not the answer to its request; empty if nothing does.

        The key is recomputed from the model, the messages and the parameters that stand beside
        it (`Request.key`), so none of them can be edited alone. What the model said cannot be
        checked without asking it: ``--promptevo-audit`` does.
        """
        for name in _TEXTS:
            if not isinstance(getattr(self, name), str):
                return f"{name} is no text"
        if self.max_tokens is not None and (why := _not_whole(self.max_tokens)):
            return f"max_tokens {why}"
        if self.key != text_key(f"{self.model}\n{self.messages}\n{self.params}"):
            return "the key is not that of its model, messages and params"
        return impossible(self, self.max_tokens)

    def completion(self) -> Completion:
        """Returns the answer as the engine gave it."""
        return Completion(
            self.text,
            self.prompt_tokens,
            self.completion_tokens,
            self.latency_ms,
            self.finish,
            self.cached_tokens,
            self.prompt_ms,
        )

    def serves(self, max_tokens: int | None) -> bool:
        """Whether the answer under another limit would be this one.

        An answer that ended by itself after L tokens is the answer for every limit from
        L on; one that was cut off is the answer for its own limit alone.
        """
        if max_tokens == self.max_tokens:
            return True
        return self.finish == "stop" and (
            max_tokens is None or max_tokens >= self.completion_tokens
        )


def impossible(answer: Recording | Completion, max_tokens: int | None) -> str:
    """Returns what no answer can be of this one; empty if it can be one.

    Texts are texts, counts are whole, times are real, all within 0 and `MOST`; an answer is hardly
    longer than its limit, and an engine has cached no more tokens of a prompt than there are.

    Args:
        answer: The answer.
        max_tokens: The limit that it was asked under, or None.
    """
    if not isinstance(answer.text, str):
        return "text is no text"
    if answer.finish not in ("stop", "length"):
        return f"finish is {_shown(answer.finish)}, not 'stop' or 'length'"
    for name in _COUNTS:
        if why := _not_whole(getattr(answer, name)):
            return f"{name} {why}"
    if max_tokens is not None and answer.completion_tokens > max_tokens + _ENDING:
        return f"completion_tokens ({answer.completion_tokens}) are more than max_tokens"
    if why := _not_within(answer.latency_ms):
        return f"latency_ms {why}"
    if answer.prompt_ms is not None and (why := _not_within(answer.prompt_ms)):
        return f"prompt_ms {why}"
    return "" if answer.cached_tokens is None else _not_cached(answer.cached_tokens, answer)


def _not_cached(tokens: int, answer: Recording | Completion) -> str:
    if why := _not_whole(tokens):
        return f"cached_tokens {why}"
    if tokens > answer.prompt_tokens:
        return f"cached_tokens ({tokens}) are more than prompt_tokens"
    return ""


def _not_whole(value: Any) -> str:
    """What is wrong with a count. NumPy's are refused, too: SQLite keeps them as bytes."""
    if type(value) is int and 0 <= value <= MOST:  # as all but one in millions
        return ""
    if not isinstance(value, int) or isinstance(value, bool):
        return f"is {_shown(value)}, not a whole number"
    return _not_within(value)


def _not_within(value: Any) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return f"is {_shown(value)}, not a number"
    return "" if 0 <= value <= MOST else f"is not within 0 and {MOST:,}"


def _shown(value: Any) -> str:
    return shorten(repr(value), 40)


def best_for(recordings: Iterable[Recording], max_tokens: int | None) -> Recording | None:
    """Returns the recording that serves a limit; the one made under that limit first."""
    serving = [made for made in recordings if made.serves(max_tokens)]
    exact = [made for made in serving if made.max_tokens == max_tokens]
    return exact[0] if exact else min(serving, key=_by_limit, default=None)


def _by_limit(made: Recording) -> float:
    return float("inf") if made.max_tokens is None else made.max_tokens
