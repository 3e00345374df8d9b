"""One prompt for tests and production: requests, rendering, parsing, repairs."""

from pytest_promptevo.prompt.example import Example
from pytest_promptevo.prompt.exchange import Ask, Exchange, Turn, exchange
from pytest_promptevo.prompt.output import Output, OutputSpec, parse
from pytest_promptevo.prompt.prompt import Prompt
from pytest_promptevo.prompt.request import Completion, Message, Request
from pytest_promptevo.prompt.template import Template, as_text, render, sampling, substitute

__all__ = [
    "Ask",
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
    "as_text",
    "exchange",
    "parse",
    "render",
    "sampling",
    "substitute",
]
