"""What the steps of a suite's night share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.night.archive import about
from pytest_promptevo.night.served import ServedGenomes
from pytest_promptevo.runtime.arms import read_arms

if TYPE_CHECKING:
    from pytest_promptevo.night.nights import NightFolder
    from pytest_promptevo.night.reward_model import Keep
    from pytest_promptevo.project import Project, SuiteRun
    from pytest_promptevo.runtime.arms import Arms
    from pytest_promptevo.state.sql_state import SqlState

CANDIDATES = 3
"""Most candidates of a night."""


@dataclass
class Tonight:
    """The night of one suite.

    Attributes:
        project: The project, which has not loaded the suite yet.
        state: The store of production, or None if it cannot be had.
        folder: The private folder of the nights.
        number: The night's number: the seed of all chance.
        keep: Which children the reward model keeps.
        calls: Most calls of the search with all tests; None: the default budget.
        seconds: Most seconds of the search; None: no bound.
        told: What is told of it, in Markdown.
    """

    project: Project
    state: SqlState | None
    folder: NightFolder
    number: int
    keep: Keep
    calls: int | None = None
    seconds: float | None = None
    told: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Tells a line of Markdown."""
        self.told.append(line)

    def arms(self, run: SuiteRun) -> Arms:
        """Returns the arms of a suite's lock entry."""
        root = self.project.root if run.suite.target else None
        return read_arms(run.lock_path, run.suite.name, {}, None, root)

    def served(self, run: SuiteRun) -> ServedGenomes:
        """Returns which genomes of a suite production has served."""
        return ServedGenomes(self.folder.of(run.suite.name, "served.json"), about(run.suite))
