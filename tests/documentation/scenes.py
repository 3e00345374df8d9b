"""Folders for samples of commands."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

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
    stage.succeed("git init --quiet; git add .; git -c user.name=a -c user.email=a@b commit -qm a")


@scene
def tagged(stage: Stage) -> None:
    """The example project, a suite of which has a limit for a tag."""
    example(stage)
    with (stage.folder / "triage.promptevo.yaml").open("a") as file:
        file.write("tags: {refund: {min: 0.5}}\n")
