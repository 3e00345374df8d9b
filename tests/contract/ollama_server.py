"""A real Ollama server on a free loopback port, with its own folder of models."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.providers.embedded.catalog import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "smollm2:135m"
CONTEXT = 1024
PARALLEL = 2
HOW = "no Ollama server: run tests/contract/install_ollama.sh, or set PROMPTEVO_OLLAMA_BIN"

MODELFILE = """\
FROM {gguf}
TEMPLATE \"\"\"{{{{- range .Messages }}}}<|im_start|>{{{{ .Role }}}}
{{{{ .Content }}}}<|im_end|>
{{{{ end }}}}<|im_start|>assistant
\"\"\"
PARAMETER stop "<|im_start|>"
PARAMETER stop "<|im_end|>"
"""


class OllamaServer:
    """Starts, stops and restarts the server; the port stays the same."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.binary = binary
        self.folder = folder
        self.port = _free_port()
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.binary, "serve"],
                env=self._environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._wait_until_up()

    def stop(self) -> None:
        """Ends the server and the runners of its models."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def create(self, name: str, gguf: Path, more: str = "") -> None:
        modelfile = self.folder / "Modelfile"
        modelfile.write_text(MODELFILE.format(gguf=gguf.resolve()) + more, encoding="utf-8")
        self._run("create", name, "-f", str(modelfile))

    def remove(self, name: str) -> None:
        self._run("rm", name)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            [self.binary, *command],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr[-500:]}\n{self.log_tail()}"

    def _environment(self) -> dict[str, str]:
        mine = {
            "HOME": str(self.folder),
            "OLLAMA_HOST": f"127.0.0.1:{self.port}",
            "OLLAMA_MODELS": str(self.folder / "models"),
            "OLLAMA_NUM_PARALLEL": str(PARALLEL),
            "OLLAMA_CONTEXT_LENGTH": str(CONTEXT),
            "OLLAMA_NO_CLOUD": "1",
            "GOMP_SPINCOUNT": "1000",  # threads that spin for long take each other's turns
        }
        return {k: v for k, v in os.environ.items() if not k.startswith("OLLAMA_")} | mine

    def _wait_until_up(self) -> None:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, f"the server ended\n{self.log_tail()}"
            try:
                direct.open(f"{self.address}/api/version", timeout=5).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the server does not answer\n{self.log_tail()}")

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


def find_binary() -> Path | None:
    """The binary that the environment names, or the newest that the script has installed."""
    if given := os.environ.get("PROMPTEVO_OLLAMA_BIN"):
        return Path(given)
    found = [p for p in cache_folder().glob("ollama-server/*/ollama") if os.access(p, os.X_OK)]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def ollama_server(
    tmp_path_factory: pytest.TempPathFactory, smollm2_gguf: Path
) -> Iterator[OllamaServer]:
    """A running server with the model `MODEL`."""
    binary = find_binary()
    if binary is None:
        (pytest.fail if os.environ.get("PROMPTEVO_REQUIRE_OLLAMA") == "1" else pytest.skip)(HOW)
    server = OllamaServer(binary, tmp_path_factory.mktemp("ollama"))
    try:
        server.start()
        server.create(MODEL, smollm2_gguf)
        yield server
    finally:
        server.stop()
