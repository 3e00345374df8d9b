"""A project of two suites whose prompt alternates, and what must hold of its files."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.lock import read_lock
from pytest_promptevo.project.committed import belong_together, recordings_path
from pytest_promptevo.recording import salvage_committed

SUITES = ("alpha", "beta")
EXAMPLES = 12
IN_FLIGHT = 4
"""Calls that a scripted model has in flight at once."""

_WRITER = Path(__file__).with_name("writer.py")
_MODEL = """\
import os
import time
from pathlib import Path

LOG = Path(__file__).with_name("calls.log")


def answer(request):
    line = f"{request.messages_key} {request.params_key}\\n".encode()
    with open(LOG, "ab", buffering=0) as file:
        file.write(line)
    time.sleep(PAUSE)
    return request.messages[-1].content.split()[-1]
"""


class Scene:
    """A project in a folder of its own.

    Args:
        folder: An empty folder.
        suites: Names of its suites.
        pause_s: Seconds that a call takes.
    """

    def __init__(
        self, folder: Path, suites: tuple[str, ...] = SUITES, pause_s: float = 0.004
    ) -> None:
        self.folder = folder
        self.suites = suites
        self.lock = folder / "promptevo.lock"
        self.log = folder / "calls.log"
        (folder / "fake_model.py").write_text(_MODEL.replace("PAUSE", str(pause_s)))
        self.edit("A")

    def edit(self, wording: str) -> None:
        """Changes all prompts, so that every answer is another one."""
        for name in self.suites:
            suite: dict[str, Any] = {
                "suite": name,
                "golden": [
                    {"id": f"o-{number}", "inputs": {"word": word}, "expected": word}
                    for number, word in enumerate(f"{name}{each}" for each in range(EXAMPLES))
                ],
                "models": {"primary": "scripted:fake_model:answer"},
                "prompt": {"user": f"{wording}: {{{{word}}}}"},
                "scorers": ["exact_match"],
                "threshold": 0.0,
            }
            path = self.folder / f"{name}.promptevo.yaml"
            path.write_text(yaml.safe_dump(suite, sort_keys=False))

    def forget(self) -> None:
        """Deletes the local store and the log of calls."""
        for path in (self.folder / ".promptevo").glob("answers.sqlite*"):
            path.unlink()
        self.log.unlink(missing_ok=True)

    def start(self, what: str, point: str = "", number: int = 0) -> subprocess.Popen[str]:
        """Starts a process that accepts or records (see `writer`)."""
        command = [sys.executable, str(_WRITER), str(self.folder), what]
        return subprocess.Popen(
            [*command, point, str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def accept(self) -> dict[str, Any]:
        """Accepts all suites in a process that nobody disturbs; returns what it tells.

        Raises:
            AssertionError: if it fails.
        """
        return told_by(self.start("accept"))

    def files(self) -> dict[str, bytes]:
        """Returns lock and recordings."""
        paths = [self.lock, *(recordings_path(self.lock, name) for name in self.suites)]
        return {path.name: path.read_bytes() for path in paths if path.exists()}

    @property
    def asked(self) -> list[str]:
        """The requests that the model has got, in their order."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    @property
    def paid_twice(self) -> int:
        """Calls for an answer that another call had been made for."""
        return len(self.asked) - len(set(self.asked))

    def torn(self) -> list[str]:
        """Returns what is not whole of lock, recordings and store."""
        found = []
        try:
            entries = read_lock(self.lock).entries
            found += [f"{name} is not in the lock" for name in self.suites if name not in entries]
        except PromptEvoError as exc:
            found.append(str(exc))
        for name in self.suites:
            committed, damage = salvage_committed(recordings_path(self.lock, name))
            if damage or len(committed.by_example) != EXAMPLES:
                found.append(f"recordings of {name}: {damage or 'not all of them'}")
        store = self.folder / ".promptevo" / "answers.sqlite"
        if store.exists():
            with closing(sqlite3.connect(store)) as database:
                (said,) = database.execute("PRAGMA quick_check").fetchone()
            found += [f"store: {said}"] if said != "ok" else []
        return found

    def apart(self) -> list[str]:
        """Returns the suites whose recordings are not those of their entry."""
        entries = read_lock(self.lock).entries
        return [
            name
            for name in self.suites
            if not belong_together(
                entries.get(name), salvage_committed(recordings_path(self.lock, name))[0]
            )
        ]

    def scratch(self) -> list[str]:
        """Returns the scratch files that those who were killed have left."""
        return [path.name for path in self.folder.rglob(".*.tmp")]

    def claimed(self) -> list[str]:
        """Returns claims, and presences of those who may hold some."""
        private = self.folder / ".promptevo"
        found = [path.name for path in private.glob("*.alive")]
        with closing(sqlite3.connect(private / "answers.sqlite")) as database:
            return found + [str(row) for row in database.execute("SELECT * FROM claims")]


def told_by(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Waits for a process of `writer`; returns what it tells.

    Raises:
        AssertionError: if it fails.
    """
    told, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors[-2000:]
    facts: dict[str, Any] = json.loads(told)
    return facts
