"""What the scripted provider answers in the contract suite."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pytest_promptevo.errors import ContextOverflow

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Request


def answer(request: Request) -> str:
    """Finds the order number; makes JSON of it if a schema is given."""
    text = request.messages[-1].content
    if len(text.split()) > 1000:
        raise ContextOverflow("scripted: the prompt needs more than 1000 words")
    if request.params.get("temperature"):
        return f"draw {request.replicate}"
    numbers = re.findall(r"\d+", text)
    if request.schema is not None:
        return json.dumps({"order": int(numbers[-1])})
    said = f"{numbers[-1]}" if numbers else "one two three four five six seven eight"
    for stop in request.params.get("stop", ()):
        said = said.partition(stop)[0]
    return said.strip()
