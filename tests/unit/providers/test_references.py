from __future__ import annotations

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.providers import connect, split_reference


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("embedded:smollm2-135m-instruct", ("embedded", "smollm2-135m-instruct")),
        ("ollama:qwen2.5-coder:7b", ("ollama", "qwen2.5-coder:7b")),
        ("gguf:path/to/model.gguf", ("gguf", "path/to/model.gguf")),
        ("scripted:module:function", ("scripted", "module:function")),
    ],
)
def test_a_reference_is_a_kind_and_a_name(reference: str, parts: tuple[str, str]) -> None:
    assert split_reference(reference) == parts


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (
            "qwen2.5-coder",
            "model reference 'qwen2.5-coder' must look like kind:name, such as openai:",
        ),
        ("ollama:", "must look like kind:name"),
        ("ollama: ", "(kinds: embedded, gguf, ollama, openai, scripted)"),
        ("", "must look like kind:name"),
        ("olama:qwen", "unknown kind of model 'olama': did you mean 'ollama'?"),
        (":x", "unknown kind of model ''"),
    ],
)
def test_a_wrong_reference_is_explained(reference: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(reference)
    assert said in str(caught.value)
