"""Model files that are damaged or made to harm, in the real llama.cpp.

Each is loaded in a process of its own: a file that ends the process would end the tests, too.
"""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_ASK = """
import sys
from pathlib import Path
from pytest_promptevo.errors import ModelUnavailable
from pytest_promptevo.prompt import Message, Request
from pytest_promptevo.providers import ProviderOptions, connect

model = connect("gguf:hostile.gguf", ProviderOptions(root=Path(sys.argv[1])))
try:
    request = Request("gguf:hostile.gguf", (Message("user", "hi"),), {"max_tokens": 2})
    print("answered", model.generate(request).completion_tokens)
except ModelUnavailable as exc:
    print("told:", exc)
"""


def _with_number(data: bytes, offset: int, number: int) -> bytes:
    edited = bytearray(data)
    struct.pack_into("<Q", edited, offset, number)
    return bytes(edited)


def _with_noise(data: bytes, seed: int) -> bytes:
    edited, rng = bytearray(data), random.Random(seed)
    for _ in range(20):
        edited[rng.randrange(24, 3_000)] = rng.randrange(256)
    return bytes(edited)


_HARM = {
    "cut in its header": lambda data: data[:100],
    "cut in its weights": lambda data: data[:-1],
    "2^62 tensors": lambda data: _with_number(data, 8, 1 << 62),
    "2^62 keys": lambda data: _with_number(data, 16, 1 << 62),
    "a key of 2^64 - 1 bytes": lambda data: _with_number(data, 24, (1 << 64) - 1),
    "noise 1": lambda data: _with_noise(data, 1),
    "noise 2": lambda data: _with_noise(data, 2),
}


@pytest.mark.parametrize("harm", _HARM)
def test_a_hostile_file_is_an_error_of_its_model(
    smollm2_gguf: Path, tmp_path: Path, harm: str
) -> None:
    pytest.importorskip("xllamacpp")
    (tmp_path / "hostile.gguf").write_bytes(_HARM[harm](smollm2_gguf.read_bytes()))
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(tmp_path)], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("told: gguf:hostile.gguf: llama.cpp cannot load it: ")


def test_a_file_of_another_format_is_named(tmp_path: Path) -> None:
    (tmp_path / "hostile.gguf").write_text("no model")
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(tmp_path)], capture_output=True, text=True, timeout=100
    )
    assert "told: gguf:hostile.gguf: this is no GGUF file" in done.stdout
