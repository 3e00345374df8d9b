"""From a genome and an example's inputs to the messages of a request."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.prompt.request import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_promptevo.prompt.example import Example

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

BUILT_IN = (*SAMPLING, "shots", "cot", "model", "layout", "form")
"""Genes with a meaning of their own; every other gene is a text for the template."""

COT_INSTRUCTION = (
    "Think step by step. Then write the final answer alone on the last line, after 'Answer:'."
)
COT_MARK = "Answer:"


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


def is_text_gene(name: str) -> bool:
    """Whether a gene is a text for the template: it has no meaning of its own."""
    return name not in BUILT_IN


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
