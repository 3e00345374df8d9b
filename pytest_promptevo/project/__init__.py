"""The composition of a run without pytest: suites, locks, stores and engines.

Example::

    from pytest_promptevo.project import Project

    with Project.open("example_project") as project:
        run = project.load("triage.promptevo.yaml")
        print(run.suite.name, project.judge(run).figures.fitness)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.lazy import fetched_when_used

if TYPE_CHECKING:
    from pytest_promptevo.project.evolution import Evolution
    from pytest_promptevo.project.project import Project
    from pytest_promptevo.project.reporter import Reporter, Silent
    from pytest_promptevo.project.settings import Settings
    from pytest_promptevo.project.suite_run import CannotJudge, SuiteRun

__all__ = [
    "CannotJudge",
    "Evolution",
    "Project",
    "Reporter",
    "Settings",
    "Silent",
    "SuiteRun",
]

__getattr__, __dir__ = fetched_when_used(
    __name__,
    {
        "pytest_promptevo.project.evolution": ("Evolution",),
        "pytest_promptevo.project.project": ("Project",),
        "pytest_promptevo.project.reporter": (
            "Reporter",
            "Silent",
        ),
        "pytest_promptevo.project.settings": ("Settings",),
        "pytest_promptevo.project.suite_run": (
            "CannotJudge",
            "SuiteRun",
        ),
    },
)
