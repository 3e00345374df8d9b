"""Folders for samples of commands."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import yaml
from review.cases import CASES

from .samples import ROOT
from .stage import scene

if TYPE_CHECKING:
    from .stage import Stage

_NO_RUNS = shutil.ignore_patterns(".promptevo", ".pytest_cache", "__pycache__")

_PROMPTFOO = """\
prompts: ["Which country is {{city}} the capital of?"]
tests:
  - {vars: {city: Paris}, assert: [{type: icontains, value: France}]}
  - {vars: {city: Lima}, assert: [{type: icontains, value: Peru}]}
"""

_JUDGE = """\
import re


def answer(request):
    return "please"


def verdict(request):
    said = re.search(r"answer-\\w+:\\n(\\w+)", request.messages[-1].content)[1]
    return "yes" if said == "please" else "no"
"""

_NO_CHANCE = """\
from random import Random

from pytest_promptevo.runtime import traffic

traffic.urandom = Random(2).randbytes
"""


@scene
def empty(stage: Stage) -> None:
    """An empty folder."""


@scene
def example(stage: Stage) -> None:
    """The example project itself."""
    shutil.copytree(ROOT / "example_project", stage.folder, ignore=_NO_RUNS, dirs_exist_ok=True)


@scene
def clone(stage: Stage) -> None:
    """The folder of a clone, in which the example project lies."""
    target = stage.folder / "example_project"
    shutil.copytree(ROOT / "example_project", target, ignore=_NO_RUNS)


@scene
def demo(stage: Stage) -> None:
    """The same, where requests fall to the same genomes each time."""
    clone(stage)
    stage.write("chance/sitecustomize.py", _NO_CHANCE)
    stage.environment["PYTHONPATH"] += f"{os.pathsep}{stage.folder / 'chance'}"


@scene
def git(stage: Stage) -> None:
    """An empty repository."""
    stage.succeed("git init --quiet")


@scene
def review(stage: Stage) -> None:
    """A repository with the commits base and head."""
    shutil.rmtree(stage.folder)
    CASES["regressed"](stage.folder)


@scene
def promptfoo(stage: Stage) -> None:
    """A configuration of promptfoo."""
    stage.write("promptfooconfig.yaml", _PROMPTFOO)


@scene
def replayed(stage: Stage) -> None:
    """The example project where no model is asked."""
    example(stage)
    stage.environment["CI"] = "true"


@scene
def audit(stage: Stage) -> None:
    """A suite of the example project in a repository."""
    example(stage)
    for name in ("amount", "triage"):
        (stage.folder / f"{name}.promptevo.yaml").unlink()
    # The commit decides which answers are asked again: it is the same each time.
    dates = "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z"
    commit = f"{dates} git -c user.name=a -c user.email=a@localhost commit -qm a"
    stage.succeed(f"git init --quiet; git add .; {commit}")


@scene
def tagged(stage: Stage) -> None:
    """The example project, a suite of which has a limit for a tag."""
    example(stage)
    with (stage.folder / "triage.promptevo.yaml").open("a") as file:
        file.write("tags: {refund: {min: 0.5}}\n")


@scene
def judge(stage: Stage) -> None:
    """A suite whose judge was compared with people, by a hundred answers."""
    # People like what is polite; the judge is taken in by a please, and misses a kind word.
    likes = {"please": (1,) * 40 + (0,) * 4, "kindly": (1,) * 3, "no": (0,) * 53}
    human = [
        {"answer": f"{word} {number}", "quality": quality}
        for word, qualities in likes.items()
        for number, quality in enumerate(qualities)
    ]
    examples = [
        {"inputs": {"message": f"order {n}"}, "expected": "please", "human": human[n::10]}
        for n in range(10)
    ]
    stage.write_rows("golden/order.jsonl", examples)
    stage.write("model.py", _JUDGE)
    document = {
        "suite": "order",
        "golden": "golden/order.jsonl",
        "models": {"primary": "scripted:model:answer", "judge": "scripted:model:verdict"},
        "prompt": "{{message}}",
        "scorers": [{"judge": {"question": "Is the answer polite?"}}],
        "threshold": 0.5,
    }
    stage.write("order.promptevo.yaml", yaml.safe_dump(document, sort_keys=False))
