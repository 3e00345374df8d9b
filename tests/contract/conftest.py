"""The engines of the contract suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from llama_server import llama_server
from ollama_server import ollama_server

__all__ = ["llama_server", "ollama_server", "smollm2_gguf"]


@pytest.fixture(scope="session")
def smollm2_gguf() -> Path:
    """The model that the real engines run."""
    if given := os.environ.get("PROMPTEVO_TEST_GGUF"):
        return Path(given)
    from pytest_promptevo.providers.embedded.files import ensure

    return ensure("smollm2-135m-instruct")
