"""A small project under version control with production's failures, for whole nights."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pytest_promptevo.lock import read_lock
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.runtime import live
from pytest_promptevo.runtime.arms import read_arms
from pytest_promptevo.state.controller import tick
from pytest_promptevo.state.opening import Place

if TYPE_CHECKING:
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.runtime.arms import Arms

ROOT = Path(__file__).resolve().parents[2]

WORDS = re.findall(
    r"\w+",
    "anvil birch cedar delta ember fjord grape hazel inlet jolly kayak lemon mango noble onyx "
    "plaid quilt raven sable tulip umber vivid waltz xenon yacht zebra",
)

MODEL = r"""
import re
import time
import os
import zlib
from pathlib import Path

LOG = Path(__file__).with_name("calls.log")
PAUSE = float(os.environ.get("MODEL_PAUSE", "0"))
CHANCES = {"Extract it.": 0.55, "Only the number.": 0.75, "Reply with it.": 0.6, "The number?": 0.7}


def answer(request):
    line = f"{request.messages_key} {request.params_key} {request.max_tokens}\n"
    descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)
    time.sleep(PAUSE)
    if os.environ.get("MODEL_GONE"):
        raise OSError("the model is gone")
    text = request.messages[-1].content
    number = re.search(r"\d{4}", text)[0]
    chance = next(chance for words, chance in CHANCES.items() if words in text)
    chance += 0.08 * sum(turn.role == "assistant" for turn in request.messages)
    luck = zlib.crc32(text.encode()) / 2**32
    return number if luck < chance else f"It is {number}."
"""

SUITE: dict[str, Any] = {
    "suite": "orders",
    "golden": "golden/orders.jsonl",
    "models": {"primary": "scripted:nightly_model:answer"},
    "prompt": {"user": "{{instruction}}\nMessage: {{message}}\n"},
    "genome": {"instruction": "Extract it.", "shots": [], "temperature": 0.0, "max_tokens": 16},
    "search": {
        "instruction": ["Extract it.", "Only the number.", "Reply with it.", "The number?"],
        "shots": {"few_shot": "golden/shots.jsonl", "max": 2},
        "max_tokens": {"low": 8, "high": 16},
    },
    "scorers": ["exact_match"],
    "objectives": {"quality": {}, "tokens": {"weight": -0.001}},
    "threshold": 0.2,
}


def message(number: int) -> str:
    """Returns a message that is like no other one."""
    first, second, third = (WORDS[(number * step) % 26] for step in (1, 7, 11))
    return f"{first} {second} {third} {number} waits for {1000 + 37 * number}"


def example(number: int) -> dict[str, Any]:
    """Returns a golden example."""
    return {
        "id": f"e{number}",
        "inputs": {"message": message(number)},
        "expected": str(1000 + 37 * number),
    }


@dataclass(frozen=True)
class Scene:
    """A project in a folder.

    Attributes:
        path: Its folder.
    """

    path: Path

    @property
    def lock(self) -> Path:
        """The lock."""
        return self.path / "promptevo.lock"

    @property
    def golden(self) -> Path:
        """The file of golden examples."""
        return self.path / "golden" / "orders.jsonl"

    @property
    def entry(self) -> Any:
        """The suite's lock entry as it is now."""
        return read_lock(self.lock).entries["orders"]

    @property
    def arms(self) -> Arms:
        """The arms of its suite."""
        return read_arms(self.lock, "orders", {}, None, None)

    def make(self, count: int = 32) -> Scene:
        """Writes the project, accepts its genome and commits all."""
        (self.path / "golden").mkdir(parents=True)
        (self.path / "nightly_model.py").write_text(MODEL, "utf-8")
        (self.path / "orders.promptevo.yaml").write_text(yaml.safe_dump(SUITE), "utf-8")
        (self.path / ".gitignore").write_text("calls.log\n__pycache__/\n", "utf-8")
        self.write("golden/orders.jsonl", [example(number) for number in range(count)])
        self.write("golden/shots.jsonl", [example(number) for number in range(900, 904)])
        with Project.open(self.path, Settings()) as project:
            project.accept(project.load("orders.promptevo.yaml"))
        self.git("init", "-q")
        self.commit()
        return self

    def copy(self, path: Path) -> Scene:
        """Returns a copy of the project."""
        shutil.copytree(self.path, path)
        return Scene(path)

    def write(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Writes a file of examples."""
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (self.path / name).write_text(text, "utf-8")

    def commit(self) -> None:
        """Commits all that is not ignored."""
        self.git("add", "-A")
        who = ("-c", "user.name=a", "-c", "user.email=a@localhost")
        self.git(*who, "commit", "-q", "-m", "as it is")

    def git(self, *arguments: str) -> str:
        """Runs git and returns its output."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, check=True, capture_output=True, text=True
        )
        return done.stdout

    def changed(self) -> list[str]:
        """Returns the files that git sees as changed or new."""
        return [line[3:] for line in self.git("status", "--porcelain", "-uall").splitlines()]

    def content(self) -> dict[str, bytes]:
        """Returns the bytes of all files under version control, or that could be."""
        names = self.git("ls-files", "-co", "--exclude-standard").splitlines()
        return {
            name: (self.path / name).read_bytes() for name in names if (self.path / name).exists()
        }

    def fail(self, *numbers: int) -> None:
        """Lets production fail on messages, with the answer that would have been right."""
        with live(self.lock, "orders") as orders:
            for number in numbers:
                turn = orders.choose()
                turn.answer(lambda _request: "no idea", message=message(number))
                assert turn.report(quality=0.0, expected=str(1000 + 37 * number))

    def serve(self, rounds: int, chances: dict[Genome, float], each: int = 400) -> None:
        """Serves requests, which go well with a chance by genome, and moves the rollout on.

        Args:
            rounds: How often the rollout is moved on.
            chances: Genome to chance; 0.5 where it is not given.
            each: Requests of a round.
        """
        rng = random.Random(rounds)
        arms = self.arms
        state = Place.of(None, self.lock).open(5.0)
        state.prepare()
        for _ in range(rounds):
            with live(self.lock, "orders") as orders:
                for _ in range(each):
                    turn = orders.choose()
                    chance = chances.get(turn.genome, 0.5)
                    turn.report(quality=float(rng.random() < chance), tokens=20, latency_ms=5.0)
            tick(state, arms.lineup)
        state.close()

    def asked(self) -> list[tuple[str, ...]]:
        """Returns all calls of the model: messages, parameters, limit."""
        log = self.path / "calls.log"
        return (
            [tuple(line.split()) for line in log.read_text().splitlines()] if log.exists() else []
        )

    def stored(self) -> set[tuple[str, ...]]:
        """Returns the calls whose answers are in the local store."""
        path = self.path / ".promptevo" / "answers.sqlite"
        connection = sqlite3.connect(path)
        try:
            rows = connection.execute("SELECT messages, params, max_tokens FROM answers").fetchall()
        finally:
            connection.close()
        return {tuple(map(str, row)) for row in rows}

    def start(
        self, *arguments: str, night: int = 7, pause: float = 0.0, is_gone: bool = False
    ) -> subprocess.Popen[str]:
        """Starts a night in a process of its own.

        Args:
            arguments: Of ``promptevo nightly``.
            night: Number of the night.
            pause: Seconds that the model takes for an answer.
            is_gone: Whether the model fails instead.
        """
        environment = {
            **os.environ,
            "MODEL_GONE": "1" if is_gone else "",
            "PYTHONPATH": str(ROOT),
            "MODEL_PAUSE": str(pause),
            "OPENBLAS_NUM_THREADS": "1",
        }
        command = [
            sys.executable,
            "-c",
            "from pytest_promptevo.commands.main import main; exit(main())",
        ]
        return subprocess.Popen(
            [*command, "nightly", "--night", str(night), "--budget", "300", *arguments],
            cwd=self.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def night(self, *arguments: str, **how: Any) -> tuple[int, str]:
        """Runs a night; returns its exit code and what it said."""
        process = self.start(*arguments, **how)
        said, _ = process.communicate(timeout=600)
        return process.returncode, said
