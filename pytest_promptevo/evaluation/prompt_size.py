"""How long a prompt is, and what makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.prompt import Message, Request

_MOSTLY = 0.5
"""Share of a prompt from which on a part of it is what makes it long."""


def told_size(requests: Sequence[Request], *, is_rendered: bool) -> str:
    """Returns the length of the last request, and the part of it that is largest.

    Args:
        requests: What was asked about one example, in order.
        is_rendered: Whether the suite's prompt made them, and not a function of the user's.
    """
    if not requests:
        return ""
    messages = requests[-1].messages
    sizes = _parts(messages, len(requests[0].messages) if is_rendered else len(messages))
    total, largest = sum(sizes.values()), max(sizes, key=lambda part: sizes[part])
    if not is_rendered or not total or sizes[largest] < _MOSTLY * total:
        return f"the prompt has {total:,} characters"
    return f"the prompt has {total:,} characters, {sizes[largest]:,} of them in {largest}"


def _parts(messages: Sequence[Message], first: int) -> dict[str, int]:
    """Returns the characters of each part; from the message `first` on answers are mended."""
    lengths = [len(message.content) for message in messages]
    system = 1 if messages[:1] and messages[0].role == "system" else 0
    return {
        "the text for this example": sum(lengths[max(system, first - 1) : first]),
        "the system text": sum(lengths[:system]),
        "the few-shot examples": sum(lengths[system : first - 1]),
        "its answer and what was wrong with that (all labels, say)": sum(lengths[first:]),
    }
