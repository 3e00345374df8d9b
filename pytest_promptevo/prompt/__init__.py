"""One prompt for tests and production: requests, rendering, parsing, repairs."""

from pytest_promptevo.prompt.output import Output, OutputSpec, converse, parse
from pytest_promptevo.prompt.request import Completion, Message, Request
from pytest_promptevo.prompt.template import Template, as_text, render, sampling, substitute

__all__ = [
    "Completion",
    "Message",
    "Output",
    "OutputSpec",
    "Request",
    "Template",
    "as_text",
    "converse",
    "parse",
    "render",
    "sampling",
    "substitute",
]
