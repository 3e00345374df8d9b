"""API keys in whole runs of pytest: sent to the server, and written nowhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from misbehaving import KEYS, Misbehaving, fails, hangs
from test_secrets import FAULTS, KEY

PLUGIN = str(Path(__file__).parents[2])
LOUD = ["-vv", "--showlocals", "--full-trace", "--tb=long", "-rA", "--junitxml=report.xml"]
LOGS = ["--log-level=DEBUG", "--log-file=run.log", "--log-cli-level=DEBUG"]
SUITE = {
    "golden": [
        {"id": f"e{n}", "inputs": {"message": f"m{n}"}, "expected": f"m{n}"} for n in range(3)
    ],
    "prompt": "{{instruction}} {{message}}",
    "genome": {"instruction": "Say", "temperature": 0.0, "max_tokens": 16},
    "search": {"instruction": ["Say", "Tell", "Copy"]},
    "scorers": ["contains"],
    "threshold": 0.5,
}
USER_TEST = """
from pytest_promptevo.runtime import load

def test_it():
    prompt = load("promptevo.lock", "keyed")
    assert prompt.answer(message="m9").text == "nothing"
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path, kind: str, server: Misbehaving) -> Start:
    """Starts pytest with the key in its environment, in a project whose server is `server`."""
    suite = SUITE | {"models": {"primary": f"{kind}:tiny:latest"}}
    (tmp_path / "keyed.promptevo.yaml").write_text(yaml.safe_dump(suite))
    where = "ollama_hosts = " if kind == "ollama" else "openai_base_url = "
    address = server.address if kind == "ollama" else f"{server.address}/v1"
    settings = [f"promptevo_{where}{address}", "promptevo_patience = 0.5"]
    (tmp_path / "pytest.ini").write_text("\n".join(["[pytest]", *settings, ""]))
    own = {"OLLAMA_HOST": server.address, "OPENAI_BASE_URL": f"{server.address}/v1"}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = {**inherited, **own, KEYS[kind]: KEY, "PYTHONPATH": PLUGIN}

    def start(*options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:randomly", *LOUD, *LOGS, *options],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_hear_interrupts if os.name == "posix" else None,
        )

    return start


def _hear_interrupts() -> None:
    """Undoes what a shell does to processes in its background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def leaks(folder: Path, *shown: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = [path.name for path in files if KEY[:12].encode() in path.read_bytes()]
    return found + [text for text in shown if KEY[:12] in text]


def test_a_key_is_written_nowhere(start: Start, server: Misbehaving, tmp_path: Path) -> None:
    """A lock is made, a test of the user's fails, a search finds nothing, then all goes wrong."""

    def run(*options: str) -> str:
        shown = start(*options).communicate(timeout=120)[0]
        assert leaks(tmp_path, shown) == []
        return shown

    run("--promptevo-update-lock")
    (tmp_path / "test_user.py").write_text(USER_TEST)
    assert "AssertionError" in run("test_user.py")
    assert "no better genome" in run("--evolve=all", "keyed.promptevo.yaml")
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"promptevo.lock", "keyed.jsonl", "answers.sqlite", "report.xml", "run.log"} <= names
    for fault in FAULTS.values():
        server.script.extend([fault] * 2)
    server.always = fails(400, f"key {KEY}")
    assert "refuses" in run("--promptevo-record=all")
    assert all(KEY in seen.headers.get("authorization", "") for seen in server.seen)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_key_is_not_in_the_traceback_of_an_interrupt(
    start: Start, server: Misbehaving, tmp_path: Path
) -> None:
    server.always = hangs(20)
    process = start("-k", "e0")
    deadline = time.monotonic() + 60
    while not server.chats and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in shown
    assert "httpcore" in shown
    assert leaks(tmp_path, shown) == []
