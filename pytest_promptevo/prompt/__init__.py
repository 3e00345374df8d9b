"""One prompt for tests and production: requests, rendering, parsing, repairs.

Engines need requests alone, and so no pydantic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.lazy import fetched_when_used

if TYPE_CHECKING:
    from pytest_promptevo.prompt.example import Example
    from pytest_promptevo.prompt.exchange import Ask, AsyncAsk, Exchange, Turn, aconverse, converse
    from pytest_promptevo.prompt.output import Output, OutputSpec, parse
    from pytest_promptevo.prompt.prompt import Prompt
    from pytest_promptevo.prompt.request import Completion, Message, Request
    from pytest_promptevo.prompt.template import Template, as_text, render, sampling, substitute

__all__ = [
    "Ask",
    "AsyncAsk",
    "Completion",
    "Example",
    "Exchange",
    "Message",
    "Output",
    "OutputSpec",
    "Prompt",
    "Request",
    "Template",
    "Turn",
    "aconverse",
    "as_text",
    "converse",
    "parse",
    "render",
    "sampling",
    "substitute",
]

__getattr__, __dir__ = fetched_when_used(
    __name__,
    {
        "pytest_promptevo.prompt.example": ("Example",),
        "pytest_promptevo.prompt.exchange": (
            "Ask",
            "AsyncAsk",
            "Exchange",
            "Turn",
            "aconverse",
            "converse",
        ),
        "pytest_promptevo.prompt.output": (
            "Output",
            "OutputSpec",
            "parse",
        ),
        "pytest_promptevo.prompt.prompt": ("Prompt",),
        "pytest_promptevo.prompt.request": (
            "Completion",
            "Message",
            "Request",
        ),
        "pytest_promptevo.prompt.template": (
            "Template",
            "as_text",
            "render",
            "sampling",
            "substitute",
        ),
    },
)
