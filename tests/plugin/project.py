"""A small project with a scripted model, and readers of what a run on it said."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING, Any

# Imported here once: what an in-process run imports first, pytester forgets after it, and
# neither NumPy nor vl-convert can be imported twice.
import numpy as np  # noqa: F401
import vl_convert  # noqa: F401
import yaml

import pytest_promptevo.plugin.evolution
import pytest_promptevo.plugin.prepare
import pytest_promptevo.plugin.session
import pytest_promptevo.plugin.summary
import pytest_promptevo.providers.embedded.provider
import pytest_promptevo.providers.scripted  # noqa: F401

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

VERBOSE = "Extract the order number."
TERSE = "Reply with the order number, nothing else."

ENOUGH = 60
"""Examples of which a search holds out enough to show that its winner is better."""

MODEL = r"""
import os
import re
import time
from pathlib import Path

LOG = Path(__file__).with_name("calls.log")
PAUSE = float(os.environ.get("MODEL_PAUSE", "0"))


def log(request):
    with LOG.open("a") as file:
        file.write(f"{request.messages_key} {request.params_key} {request.max_tokens}\n")
    time.sleep(PAUSE)


def answer(request):
    log(request)
    text = request.messages[-1].content
    number = re.search(r"\d{4}", text)[0]
    if "nothing else" in text:
        return number
    if any(turn.role == "assistant" for turn in request.messages):
        return number
    return f"The order number is {number}."


def other(request):
    log(request)
    return "other"
"""

SUITE: dict[str, Any] = {
    "models": {"primary": "scripted:fake:answer"},
    "prompt": {"user": "{{instruction}}\nMessage: {{message}}\n"},
    "genome": {"instruction": TERSE, "shots": [], "temperature": 0.0, "max_tokens": 16},
    "search": {
        "instruction": [VERBOSE, TERSE],
        "shots": {"few_shot": "golden/shots.jsonl", "max": 2},
    },
    "scorers": ["exact_match"],
    "threshold": 0.8,
}


_OTHERS = ("-p", "no:hypothesispytest", "-p", "no:anyio")
"""Plugins that are slow to load and have no say here."""


class Project:
    """A repository with suites; `run` runs pytest in this process, `spawn` in one of its own."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = pytester.path
        self.log = self.root / "calls.log"
        self.lock = self.root / "promptevo.lock"
        self.recordings = self.root / "promptevo_recordings"
        self._pytester = pytester
        self._monkeypatch = monkeypatch
        self.write("fake.py", MODEL)
        shots = [example(f"s-{at}", 5000 + at) for at in range(3)]
        self.write("golden/shots.jsonl", rows(shots))

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def suite(self, name: str = "order", count: int = 6, **changes: Any) -> Path:
        """Writes a suite; a mapping among `changes` is merged, None takes a key out."""
        self.golden(name, count)
        document = {"suite": name, "golden": f"golden/{name}.jsonl", **SUITE}
        return self._write_suite(name, document, changes)

    def change(self, name: str = "order", **changes: Any) -> None:
        """Changes a suite's file."""
        path = self.root / f"{name}.promptevo.yaml"
        self._write_suite(name, yaml.safe_load(path.read_text("utf-8")), changes)

    def _write_suite(self, name: str, document: dict[str, Any], changes: dict[str, Any]) -> Path:
        for key, value in changes.items():
            old = document.get(key)
            merge = isinstance(value, dict) and isinstance(old, dict)
            document = {**document, key: {**old, **value} if merge else value}
        document = {key: value for key, value in document.items() if value is not None}
        return self.write(f"{name}.promptevo.yaml", yaml.safe_dump(document, sort_keys=False))

    def golden(self, name: str = "order", count: int = 6, wrong: tuple[int, ...] = ()) -> None:
        """Writes golden examples o-0, o-1, ...; no answer is right for those in `wrong`."""
        made = [example(f"o-{at}", 1000 + 7 * at) for at in range(count)]
        for at in wrong:
            made[at]["expected"] = "none"
        self.write(f"golden/{name}.jsonl", rows(made))

    def ini(self, *lines: str) -> None:
        self.write("pytest.ini", "\n".join(["[pytest]", *lines, ""]))

    def env(self, **values: str) -> None:
        for name, value in values.items():
            self._monkeypatch.setenv(name, value)

    def run(self, *options: str, order: str = "no:randomly") -> pytest.RunResult:
        return self._pytester.runpytest_inprocess("-p", order, *_OTHERS, *options)

    def spawn(self, *options: str) -> pytest.RunResult:
        return self._pytester.runpytest_subprocess(*_OTHERS, *options)

    def start(self, *options: str, **env: str) -> subprocess.Popen[str]:
        """Starts pytest in a process of its own and does not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:randomly", *_OTHERS, *options],
            cwd=self.root,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_hear_interrupts if os.name == "posix" else None,
        )

    def accept(self) -> None:
        """Locks all suites as they are."""
        result = self.run("--promptevo-update-lock", "-q")
        assert self.lock.exists(), str(result.stdout)

    @property
    def calls(self) -> int:
        """How often the model was asked so far."""
        return len(self.asked())

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def forget(self) -> None:
        """Deletes the local store and the model's log."""
        for path in (self.root / ".promptevo").glob("*"):
            path.unlink()
        self.log.unlink(missing_ok=True)

    def locked_suites(self) -> list[str]:
        return list(yaml.safe_load(self.lock.read_text("utf-8"))["suites"])

    def entry(self, name: str = "order") -> dict[str, Any]:
        entry: dict[str, Any] = yaml.safe_load(self.lock.read_text("utf-8"))["suites"][name]
        return entry


def _hear_interrupts() -> None:
    """Undoes what a shell does to processes in its background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def example(name: str, number: int) -> dict[str, Any]:
    message = {"message": f"my order {number} is late"}
    return {"id": name, "inputs": message, "expected": str(number)}


def rows(examples: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in examples)


def section(result: pytest.RunResult) -> list[str]:
    """Returns the plugin's closing section."""
    lines = result.outlines
    starts = [at for at, line in enumerate(lines) if line.strip("- ") == "promptevo"]
    if not starts:
        return []
    taken = []
    for line in lines[starts[0] + 1 :]:
        if line.startswith("=") or re.search(r" in [\d.]+s", line):
            break
        taken.append(line)
    return taken


def junit(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Returns the outcome of each test and the counts of a JUnit file."""
    suite = next(ElementTree.parse(path).iter("testsuite"))
    outcomes = {}
    for case in suite.iter("testcase"):
        child = next((child for child in case if child.tag != "properties"), None)
        told = "passed" if child is None else child.get("type") or child.tag
        outcomes[f"{case.get('classname')}::{case.get('name')}"] = told
    counts = {name: suite.get(name, "") for name in ("tests", "failures", "errors", "skipped")}
    return outcomes, counts
