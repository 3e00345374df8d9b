"""From a genome and an example's inputs to a request, and what comes back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pytest_promptevo.canonical import canonical_json, text_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_promptevo.golden import Example

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")

SAMPLING = (
    "temperature",
    "max_tokens",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "repeat_penalty",
    "stop",
    "num_ctx",
    "think",
)
"""Genes that go to the engine as they are."""

BUILT_IN = (*SAMPLING, "shots", "cot", "model")
"""Genes with a meaning of their own; every other gene is a text for the template."""

COT_INSTRUCTION = (
    "Think step by step. Then write the final answer alone on the last line, after 'Answer:'."
)
COT_MARK = "Answer:"


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Request:
    """What is asked of a model.

    Attributes:
        model: Model reference, ``provider:name``.
        messages: The chat so far.
        params: Sampling parameters (see `SAMPLING`).
        schema: JSON Schema that the engine shall constrain the answer to, if any.
        replicate: Number of the draw at temperature > 0.
    """

    model: str
    messages: tuple[Message, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    replicate: int = 0

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
        return params

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
        latency_ms: Milliseconds the engine worked: prompt and generation.
        finish: ``stop`` if the answer ended by itself, ``length`` if it was cut off.
        load_ms: Milliseconds spent on loading the model, kept apart.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    finish: Literal["stop", "length"] = "stop"
    load_ms: float = 0.0


@dataclass(frozen=True)
class Template:
    """The texts of a prompt with ``{{name}}`` placeholders.

    Attributes:
        user: Template of a user turn.
        system: Template of the system turn; a blank one is left out.
    """

    user: str
    system: str = ""

    def names(self) -> set[str]:
        """Returns the names of all placeholders."""
        return set(PLACEHOLDER.findall(self.user)) | set(PLACEHOLDER.findall(self.system))


def substitute(text: str, values: Mapping[str, Any]) -> str:
    """Replaces each ``{{name}}`` by its value, once; all other braces stay.

    Raises:
        KeyError: for a name without a value.
    """
    if "{{" not in text:
        return text
    return PLACEHOLDER.sub(lambda match: as_text(values[match[1]]), text)


def as_text(value: Any) -> str:
    """Returns a text as it is and any other JSON value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def render(
    template: Template,
    genome: Mapping[str, Any],
    inputs: Mapping[str, Any],
    shots: Sequence[Example] = (),
) -> tuple[Message, ...]:
    """Renders the chat for one example.

    Texts of genes are filled in first, then inputs, so that a gene's text may name an
    input; what an input holds is never read as a template.

    Args:
        template: The prompt's texts.
        genome: Values of the genes.
        inputs: Values of the example.
        shots: Few-shot examples, each rendered as a user turn and an assistant turn.

    Raises:
        KeyError: for a placeholder that neither genome nor inputs define.
    """
    genes = {name: as_text(value) for name, value in genome.items() if name not in BUILT_IN}
    user_text = _fill_genes(template.user, genes)
    cot = bool(genome.get("cot"))
    if cot:
        user_text = f"{user_text.rstrip()}\n{COT_INSTRUCTION}"
    system = substitute(_fill_genes(template.system, genes), inputs).strip()
    messages = [Message("system", system)] if system else []
    for shot in shots:
        if shot.inputs == inputs:
            continue
        answer = as_text(shot.expected)
        messages.append(Message("user", substitute(user_text, shot.inputs).strip()))
        messages.append(Message("assistant", f"{COT_MARK} {answer}" if cot else answer))
    messages.append(Message("user", substitute(user_text, inputs).strip()))
    return tuple(messages)


def _fill_genes(text: str, genes: Mapping[str, str]) -> str:
    fill: Callable[[re.Match[str]], str] = lambda match: genes.get(match[1], match[0])  # noqa: E731
    return PLACEHOLDER.sub(fill, text)


def sampling(genome: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the genes that go to the engine."""
    return {name: genome[name] for name in SAMPLING if name in genome}
