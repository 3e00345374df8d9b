"""What is asked of a model, how it is told apart, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pytest_promptevo.base.canonical import canonical_json, text_key

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["system", "user", "assistant"]
"""Who speaks."""


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Role
    content: str


@dataclass(frozen=True)
class Request:
    """What is asked of a model.

    Attributes:
        model: Model reference, ``provider:name``.
        messages: The chat so far.
        params: Sampling parameters (see `prompt.SAMPLING`).
        schema: JSON Schema that the engine shall constrain the answer to, if any.
        replicate: Number of the draw at temperature > 0.
        measured_for: What the answer is timed for, if it is asked for its latency: no answer
            that was recorded for anything else serves.
    """

    model: str
    messages: tuple[Message, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    replicate: int = 0
    measured_for: str = ""

    @property
    def max_tokens(self) -> int | None:
        """Most tokens that the answer may have."""
        limit: int | None = self.params.get("max_tokens")
        return limit

    @cached_property
    def canonical_params(self) -> dict[str, Any]:
        """The parameters that decide the answer, but for ``max_tokens``.

        At temperature 0 decoding is greedy, so ``top_p``, ``top_k``, ``min_p``, ``seed``
        and the number of the draw have no say and are left out.
        """
        params = {
            name: value
            for name, value in self.params.items()
            if value is not None and name != "max_tokens"
        }
        if not params.get("temperature"):
            for name in ("top_p", "top_k", "min_p", "seed"):
                params.pop(name, None)
            params["temperature"] = 0
        elif self.replicate:
            params["replicate"] = self.replicate
        if self.measured_for:
            params["measured_for"] = self.measured_for
        return params

    @property
    def engine_seed(self) -> int:
        """What an engine seeds its sampling with, at most 2^31 - 1.

        It is made of the genome's seed, the number of the draw and the messages. With one seed
        for all examples of a draw they would share its luck, and a suite's draws would agree
        far more than chance does.
        """
        drawn = f"{self.params.get('seed') or 0}\n{self.replicate}\n{self.messages_key}"
        return int(text_key(drawn)[:8], 16) & 0x7FFFFFFF

    @cached_property
    def messages_key(self) -> str:
        """Identifies the rendered messages."""
        return text_key(canonical_json([[turn.role, turn.content] for turn in self.messages]))

    @cached_property
    def params_key(self) -> str:
        """Identifies the canonical parameters and the schema."""
        return text_key(canonical_json([self.canonical_params, self.schema]))

    def key(self, model_digest: str) -> str:
        """Identifies the answer that this model gives, for any ``max_tokens``."""
        return text_key(f"{model_digest}\n{self.messages_key}\n{self.params_key}")


@dataclass(frozen=True)
class Completion:
    """What a model answered.

    Attributes:
        text: The answer, without thoughts.
        prompt_tokens: Tokens of the whole prompt, cached ones included.
        completion_tokens: Tokens generated, thoughts included.
        latency_ms: Milliseconds the engine worked: prompt and generation, not loading.
        finish: ``stop`` if the answer ended by itself, ``length`` if it was cut off.
        cached_tokens: Tokens of the prompt that the engine had cached, where it tells.
        prompt_ms: Milliseconds of the prompt alone, where the engine tells.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    finish: Literal["stop", "length"] = "stop"
    cached_tokens: int | None = None
    prompt_ms: float | None = None
