"""One recorded answer and which requests it can serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_promptevo.prompt import Completion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.prompt import Request


@dataclass(frozen=True)
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


def best_for(recordings: Iterable[Recording], max_tokens: int | None) -> Recording | None:
    """Returns the recording that serves a limit; the one made under that limit first."""
    serving = [made for made in recordings if made.serves(max_tokens)]
    exact = [made for made in serving if made.max_tokens == max_tokens]
    return exact[0] if exact else min(serving, key=_by_limit, default=None)


def _by_limit(made: Recording) -> float:
    return float("inf") if made.max_tokens is None else made.max_tokens
