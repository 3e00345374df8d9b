"""A recorded answer beside what the model answers now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_promptevo.recording import Recording


class Figure(NamedTuple):
    """A figure of an answer, with its repairs, as it was recorded and as it is now."""

    recorded: float
    now: float


@dataclass(frozen=True)
class Difference:
    """An answer of which something had to be the same, and is not.

    Attributes:
        example: Id of the example.
        draw: Number of the draw.
        names: What differs: attributes of a recording.
        recorded: The committed answer.
        now: The model's answer now.
    """

    example: str
    draw: int
    names: tuple[str, ...]
    recorded: Recording
    now: Recording


@dataclass(frozen=True)
class Checked:
    """A recorded answer, with its repairs, that was asked for again.

    Attributes:
        example: Id of the example.
        is_exact: Whether all of it had to be the same.
        differences: What had to be the same, and is not.
        is_rounded: Whether part of it is the same up to rounding alone.
        quality: The quality of the output.
        completion_tokens: Tokens that were generated.
        prompt_tokens: Tokens of its prompts; those of repairs follow what was answered.
        cut_off: Whether its last answer was cut off by its limit of tokens: 0 or 1.
        latency_ms: The latency in milliseconds.
        requests: Keys of the example's first recorded answers: copies of it have the same.
    """

    example: str
    is_exact: bool
    differences: tuple[Difference, ...]
    is_rounded: bool
    quality: Figure
    completion_tokens: Figure
    prompt_tokens: Figure
    cut_off: Figure
    latency_ms: Figure
    requests: tuple[str, ...] = ()
