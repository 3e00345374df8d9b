"""What scenes of samples take from the scenes of other tests."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "providers"))

from misbehaving import DIGEST, Handler, Misbehaving, answer_for

from pytest_promptevo.providers.embedded.files import ensure

if TYPE_CHECKING:
    from collections.abc import Iterator


def _finds_numbers(handler: Handler, body: dict[str, Any]) -> None:
    """Gives the order number, alone if examples or the instruction show that it is wanted so."""
    *before, (last) = (message["content"] for message in body["messages"])
    number = re.search(r"[\w-]*\d[\w-]*", last.partition("Message:")[2])
    found = number[0] if number else "none"
    is_asked = len(before) > 1 or "nothing else" in last
    handler.send_json(answer_for(handler, body, found if is_asked else f"It is {found}."))


@pytest.fixture(scope="session", autouse=True)
def model_is_here() -> None:
    """Fetches the default model: the samples' commands ask no index."""
    ensure("smollm2-135m-instruct")


@pytest.fixture
def ollama_like() -> Iterator[Misbehaving]:
    """A server that speaks Ollama and has the model of the samples."""
    server = Misbehaving({"llama3.1:8b": DIGEST}, always=_finds_numbers).start()
    yield server
    server.stop()
