"""llama.cpp's own HTTP server, in a process of its own; OpenAI-compatible."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "smollm2-135m"
CONTEXT = 1024
PARALLEL = 2


class LlamaServer:
    """Starts and stops the server, on the same port once it has one."""

    def __init__(self, gguf: Path, api_key: str = "") -> None:
        self._gguf = gguf
        self._api_key = api_key
        self._process: subprocess.Popen[str] | None = None
        self.port = 0
        self.address = ""

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self._gguf), str(self.port), self._api_key],
            env={**os.environ, "GOMP_SPINCOUNT": "1000"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("listening at "):
                self.address = line.removeprefix("listening at ").strip()
                self.port = int(self.address.rpartition(":")[2])
                return
        raise AssertionError(f"the server ended with {self._process.wait()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def serve(gguf: str, port: str, api_key: str) -> None:
    """Serves until standard input ends."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = gguf
    params.model_alias = {MODEL}
    params.n_parallel = PARALLEL
    params.n_ctx = PARALLEL * CONTEXT
    params.kv_unified = False
    params.cache_ram_mib = 0
    # Threads that wait for each other in a busy loop crawl when the cores are taken.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.port = int(port)
    params.verbosity = -1
    if api_key:
        params.api_keys = [api_key]
    server = xllamacpp.Server(params)
    print(f"listening at {server.listening_address}", flush=True)
    sys.stdin.read()


@pytest.fixture(scope="session")
def llama_server(smollm2_gguf: Path) -> Iterator[LlamaServer]:
    """A running server with the model `MODEL`."""
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no llama.cpp: python -m pip install 'pytest-promptevo[embedded]'")
    server = LlamaServer(smollm2_gguf)
    try:
        server.start()
        yield server
    finally:
        server.stop()


if __name__ == "__main__":
    serve(*sys.argv[1:])
