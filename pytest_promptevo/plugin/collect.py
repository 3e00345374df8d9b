"""Suites as collectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.plugin.items import GateItem, GoldenItem
from pytest_promptevo.plugin.session import session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.plugin.session import SuiteSession
    from pytest_promptevo.project import SuiteRun


class SuiteFile(pytest.File):
    """A ``*.promptevo.yaml`` file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yields an item for each golden example, then the gate."""
        session = session_of(self.config)
        try:
            scorers = self.ihook.pytest_promptevo_scorers(config=self.config)
            run = session.project.load(self.path, scorers)
            if session.project.settings.locked:
                session.project.check_suite(run)
                self._check_lock_once(session, run)
        except PromptEvoError as exc:
            raise self.CollectError(str(exc)) from None
        for example in run.suite.examples:
            yield GoldenItem.from_parent(
                self, **self._named(run, example.id), run=run, example=example
            )
        yield GateItem.from_parent(self, **self._named(run, "fitness"), run=run)

    def _named(self, run: SuiteRun, part: str) -> dict[str, str]:
        """Returns name and id; pytest 9.2 finds an item again (``--lf``) by an id given whole."""
        name = f"{run.suite.name}[{part}]"
        return {"name": name, "nodeid": f"{self.nodeid}::{name}"}

    def _check_lock_once(self, session: SuiteSession, run: SuiteRun) -> None:
        if run.lock_path not in session.checked:
            session.checked.add(run.lock_path)
            session.project.check_lock(run.lock_path, self.config.getini("norecursedirs"))
