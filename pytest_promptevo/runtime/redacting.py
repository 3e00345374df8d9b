"""What an application's ``redact`` leaves of a failure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

Redact = Callable[..., Any]
"""``redact(inputs)`` returns what of the inputs may be kept, and no answer is.
``redact(inputs, answer)`` returns a pair: inputs and answer as they may be kept. None: no row."""


def redacted(
    redact: Redact, inputs: Mapping[str, Any] | None, answer: str | None
) -> tuple[Mapping[str, Any] | None, str | None] | None:
    """Returns what may be kept of inputs and answer; None: nothing, no row.

    An answer often repeats what its inputs said, so it is kept only as ``redact`` returns it.
    Without the inputs there is nothing that it can be asked.

    Raises:
        TypeError: if ``redact`` returns something else.
        Exception: what it raises.
    """
    if inputs is None:
        return None, None
    if not _takes_answer(redact):
        left = redact(inputs)
        return None if left is None else (dict(left), None)
    pair = redact(inputs, answer)
    if pair is None:
        return None
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError("redact(inputs, answer) returns a pair or None")
    left, answer = pair
    if left is None:
        return None
    if answer is not None and not isinstance(answer, str):
        raise TypeError("the answer that redact returns is a text or None")
    return dict(left), answer


def _takes_answer(redact: Redact) -> bool:
    """Whether it asks for two arguments: one that may be left out is not meant for the answer."""
    try:
        parameters = inspect.signature(redact).parameters.values()
    except (TypeError, ValueError):  # written in C
        return False
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [
        each for each in parameters if each.kind in by_position and each.default is each.empty
    ]
    return len(needed) == 2
