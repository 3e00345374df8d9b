"""Suites as collectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.plugin.items import GateItem, GoldenItem
from pytest_promptevo.project.lock_check import check_lock, check_suite
from pytest_promptevo.project.project import state_of
from pytest_promptevo.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.project.project import State
    from pytest_promptevo.project.suite_run import SuiteRun


class SuiteFile(pytest.File):
    """A ``*.promptevo.yaml`` file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yields an item for each golden example, then the gate."""
        state = state_of(self.config)
        try:
            run = state.add(load_suite(self.path, state.settings.root, state.scorers(self.ihook)))
            if state.settings.locked:
                check_suite(run)
                self._check_lock_once(state, run.lock_path)
        except PromptEvoError as bad:
            raise self.CollectError(str(bad)) from None
        for example in run.suite.examples:
            yield GoldenItem.from_parent(
                self, **self._named(run, example.id), run=run, example=example
            )
        yield GateItem.from_parent(self, **self._named(run, "fitness"), run=run)

    def _named(self, run: SuiteRun, part: str) -> dict[str, str]:
        """Returns name and id; pytest 9.2 finds an item again (``--lf``) by an id given whole."""
        name = f"{run.suite.name}[{part}]"
        return {"name": name, "nodeid": f"{self.nodeid}::{name}"}

    def _check_lock_once(self, state: State, lock_path: Path) -> None:
        if lock_path not in state.checked:
            state.checked.add(lock_path)
            check_lock(state, lock_path, self.config.getini("norecursedirs"))
