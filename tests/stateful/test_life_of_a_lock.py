"""What people and processes do to a project, in any order: the lock stays whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pytest_promptevo.errors import LockError, PromptEvoError
from pytest_promptevo.lock import read_lock
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.recording import salvage_committed

if TYPE_CHECKING:
    from pytest_promptevo.project import SuiteRun

FUNCTIONS = """\
import re

def answer(request):
    text = request.messages[-1].content
    number = re.search(r"[0-9]{4}", text)[0]
    return number if "Only" in text or int(number) % 3 else f"It is {number}."
"""
ACCEPT = """\
import sys
from pytest_promptevo.project import Project, Settings
with Project.open(sys.argv[1], Settings(update_lock=True)) as project:
    for name in sys.argv[2:]:
        project.accept(project.load(f"{name}.promptevo.yaml"))
"""
INSTRUCTIONS = ["Find the number.", "Only the number.", "Number?"]
NAMES = ["first", "second"]
names = st.sampled_from(NAMES)


class Life(RuleBasedStateMachine):
    """Two suites, their lock, and what may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="promptevo-life-"))
        (self.root / "life_functions.py").write_text(FUNCTIONS)
        self.numbers = {name: list(range(1000, 1020)) for name in NAMES}
        self.instructions = dict.fromkeys(NAMES, INSTRUCTIONS[0])
        self.accepted: set[str] = set()
        self.kept = ""
        for name in NAMES:
            self._write(name)

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    def _write(self, name: str) -> None:
        suite: dict[str, Any] = {
            "suite": name,
            "golden": f"{name}.jsonl",
            "models": {"primary": "scripted:life_functions:answer"},
            "prompt": "{{instruction}} My order {{number}} is late.",
            "genome": {"instruction": self.instructions[name]},
            "search": {"instruction": INSTRUCTIONS},
            "scorers": ["exact_match"],
            "objectives": {"quality": {}},
            "threshold": 0.9,
        }
        (self.root / f"{name}.promptevo.yaml").write_text(yaml.safe_dump(suite))
        rows = [
            {"id": f"e{number}", "inputs": {"number": number}, "expected": str(number)}
            for number in self.numbers[name]
        ]
        (self.root / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    @property
    def lock(self) -> Path:
        return self.root / "promptevo.lock"

    @property
    def is_in_conflict(self) -> bool:
        return self.lock.exists() and "<<<<<<<" in self.lock.read_text()

    def _load(self, project: Project, name: str) -> SuiteRun:
        return project.load(f"{name}.promptevo.yaml")

    @rule(name=names, instruction=st.sampled_from(INSTRUCTIONS))
    def edit_the_prompt(self, name: str, instruction: str) -> None:
        self.instructions[name] = instruction
        self._write(name)

    @rule(name=names, count=st.integers(-3, 4))
    def edit_the_examples(self, name: str, count: int) -> None:
        last = self.numbers[name][-1]
        if count < 0 and len(self.numbers[name]) > 10:
            del self.numbers[name][:-count]
        self.numbers[name] += range(last + 1, last + 1 + max(count, 0))
        self._write(name)

    @precondition(lambda self: not self.is_in_conflict)
    @rule(name=names)
    def record(self, name: str) -> None:
        with Project.open(self.root) as project:
            project.judge(self._load(project, name))

    @rule(name=names)
    def accept(self, name: str) -> None:
        with Project.open(self.root, Settings(update_lock=True)) as project:
            try:
                project.accept(self._load(project, name))
            except LockError:
                if not self.is_in_conflict:  # where nothing tells which side is meant
                    raise
                self.lock.write_text(self.kept)
                return
        self.accepted.add(name)

    @precondition(lambda self: not self.is_in_conflict)
    @rule(name=names, seed=st.integers(0, 3))
    def evolve(self, name: str, seed: int) -> None:
        options = Settings(evolve="failing", strategy="classic", seed=seed)
        with Project.open(self.root, options) as project:
            run = self._load(project, name)
            evolution = project.evolve(run)
            if evolution.outcome is not None and evolution.outcome.accepted:
                project.accept(run, evolution)
                self.accepted.add(name)

    def _start(self, *suites: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", ACCEPT, str(self.root), *suites])

    @precondition(lambda self: not self.is_in_conflict)
    @rule(after_s=st.floats(0.1, 0.6))
    def kill_while_it_accepts(self, after_s: float) -> None:
        process = self._start(*NAMES)
        time.sleep(after_s)
        process.kill()
        process.wait()

    @precondition(lambda self: not self.is_in_conflict)
    @rule()
    def accept_in_two_processes_at_once(self) -> None:
        processes = [self._start(name) for name in NAMES]
        assert [process.wait(60) for process in processes] == [0, 0]
        self.accepted |= set(NAMES)

    @precondition(lambda self: self.lock.exists() and not self.is_in_conflict)
    @rule()
    def keep_a_branch(self) -> None:
        self.kept = self.lock.read_text()

    @precondition(lambda self: bool(self.kept) and not self.is_in_conflict)
    @rule()
    def merge(self) -> None:
        ours = self.lock.read_text()
        if ours != self.kept:
            self.lock.write_text(f"<<<<<<< ours\n{ours}=======\n{self.kept}>>>>>>> theirs\n")

    @invariant()
    def the_lock_is_whole_and_lost_no_entry(self) -> None:
        if not self.is_in_conflict:
            assert self.accepted - set(read_lock(self.lock).entries) == set()
        for name in NAMES:
            path = self.root / "promptevo_recordings" / f"{name}.jsonl"
            assert salvage_committed(path)[1] is None

    @invariant()
    def verdicts_depend_on_what_is_committed_alone(self) -> None:
        if self.is_in_conflict:
            return
        with tempfile.TemporaryDirectory(prefix="promptevo-copy-") as folder:
            copy = Path(folder) / "copy"
            shutil.copytree(self.root, copy, ignore=shutil.ignore_patterns(".promptevo"))
            assert verdicts(copy) == verdicts(self.root)


def verdicts(root: Path) -> list[str]:
    """Returns what a replay says of each suite."""
    told = []
    with Project.open(root, Settings(record="none")) as project:
        for name in NAMES:
            try:
                verdict = project.judge(project.load(f"{name}.promptevo.yaml"))
                told.append(f"{verdict.figures.fitness} {verdict.breaches}")
            except PromptEvoError as exc:
                local = "; answered locally but not committed"
                told.append(str(exc).replace(str(root), "").replace(local, ""))
    return told


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=5, stateful_step_count=15, deadline=None)
