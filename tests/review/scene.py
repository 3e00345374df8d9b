"""A real git repository with suites of a scripted model, locked as pytest would lock them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import yaml

from pytest_promptevo.project import Project, Settings
from pytest_promptevo.review.changes import review
from pytest_promptevo.review.git import Repository
from pytest_promptevo.review.trees import CommitTree, Tree, WorkTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.review.model import Review, SuiteChange

MODULE = "review_scene_model"

MODEL = """
import re

from pytest_promptevo.prompt import Completion

FAILS = {fails!r}
LENGTH = {length!r}


def answer(request):
    system, user = request.messages[0].content, request.messages[1].content
    number = int(re.search(r"[0-9]+", user)[0])
    wrong = number in FAILS.get(system, ())
    text = ANSWERS.get(number, "nobody knows") if wrong else f"order {{number}}"
    return Completion(text, len(user), LENGTH, 20.0 * LENGTH + len(user))


def twin(request):
    return answer(request)


ANSWERS = {answers!r}
"""

SUITE: dict[str, Any] = {
    "golden": "golden/orders.jsonl",
    "models": {"primary": f"scripted:{MODULE}:answer"},
    "prompt": {"system": "{{persona}}", "user": "Which order is it?\nMessage: {{message}}"},
    "genome": {"persona": "Be brief.", "temperature": 0, "max_tokens": 900},
    "scorers": ["exact_match"],
    "objectives": {"quality": {}},
    "threshold": 0.5,
}

_WORDS = (
    "late",
    "lost",
    "blue",
    "cold",
    "torn",
    "full",
    "here",
    "gone",
    "back",
    "soon",
    "flat",
    "open",
)


def example(number: int, expected: str = "", **more: Any) -> dict[str, Any]:
    """Returns a golden example that is no near-duplicate of others."""
    said = " ".join(_WORDS[(number * step + number // step) % 12] for step in (5, 7, 11, 3, 2))
    made = {
        "id": f"ord-{number:03}",
        "inputs": {"message": f"{said} {number}"},
        "expected": expected or f"order {number}",
    }
    return {**made, **more}


class Scene:
    """A repository in a folder.

    Args:
        root: The folder, which is made a repository.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, may_fail: bool = False, stdin: str = "") -> str:
        identity = {f"GIT_{who}_{what}": "scene@example.com" for who in ("AUTHOR", "COMMITTER")
                    for what in ("NAME", "EMAIL")}  # fmt: skip
        dates = {f"GIT_{who}_DATE": "2026-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")}
        clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            input=stdin,
            env={**os.environ, **identity, **dates, **clean},
            capture_output=True,
            text=True,
            check=False,
        )
        assert may_fail or not done.returncode, done.stderr
        return done.stdout

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def model(
        self,
        fails: Mapping[str, Sequence[int]],
        length: int = 10,
        answers: Mapping[int, str] | None = None,
    ) -> None:
        """Writes the model: which numbers it fails, by the system turn."""
        made = {persona: sorted(numbers) for persona, numbers in fails.items()}
        text = MODEL.format(fails=made, length=length, answers=dict(answers or {}))
        self.write(f"{MODULE}.py", text)

    def suite(self, name: str = "orders", **changes: Any) -> None:
        """Writes a suite; None takes a key out."""
        document = {"suite": name, **SUITE, **changes}
        told = {key: value for key, value in document.items() if value is not None}
        self.write(f"{name}.promptevo.yaml", yaml.safe_dump(told, sort_keys=False))

    def golden(self, examples: Sequence[Mapping[str, Any]], name: str = "orders") -> None:
        text = "".join(f"{json.dumps(each)}\n" for each in examples)
        self.write(f"golden/{name}.jsonl", text)

    def accept(self, *names: str, **changes: Any) -> None:
        """Locks suites as ``pytest --promptevo-update-lock`` does."""
        self._lock(Settings(update_lock=True, **changes), names)

    def evolve(self, *names: str, seed: int = 5, **changes: Any) -> None:
        """Locks what ``pytest --evolve=all`` finds, confirmed or not."""
        settings = Settings(evolve="all", seed=seed, accept="inconclusive", **changes)
        self._lock(settings, names, is_search=True)

    def _lock(self, settings: Settings, names: Sequence[str], *, is_search: bool = False) -> None:
        path = [*sys.path]
        try:
            with Project.open(self.root, settings) as project:
                for run in project.collect():
                    if names and run.suite.name not in names:
                        continue
                    evolution = project.evolve(run) if is_search else None
                    project.accept(run, evolution)
        finally:
            sys.path[:] = path
            sys.modules.pop(MODULE, None)

    def commit(self, tag: str) -> None:
        """Commits everything under a tag."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", tag)
        self.git("tag", "--force", tag)

    def review(self, before: str = "base", after: str = "") -> Review:
        """Returns the review of two commits, or of one against the work tree."""
        with Repository.around(self.root) as repository:
            old = CommitTree(repository, repository.commit(before))
            new: Tree = WorkTree(repository)
            if after:
                new = CommitTree(repository, repository.commit(after))
            return review(old, new)

    def only(self, before: str = "base", after: str = "head") -> SuiteChange:
        """Returns what happened to the one suite that changed."""
        (change,) = self.review(before, after).suites
        return change
