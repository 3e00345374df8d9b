"""Hooks that a run with suites needs: selection, evolution, verdicts on reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.errors import PromptEvoError, RecordingMissing, SettingsError, did_you_mean
from pytest_promptevo.plugin import PAYLOAD, USAGE_ERROR
from pytest_promptevo.plugin.items import GoldenItem, SuiteItem

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_promptevo.project.project import State


class SessionHooks:
    """Registered by the first suite that is collected.

    Args:
        state: The run's state.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Notes which examples are left after ``-k``, ``--lf`` and the like."""
        for run in self._state.runs.values():
            run.selected, run.is_selected = set(), False
        for item in session.items:
            if isinstance(item, SuiteItem):
                item.run.is_selected = True
            if isinstance(item, GoldenItem):
                item.run.selected.add(item.example.id)
        problem = self._unknown_role()
        if problem and not session.testsfailed:
            _end_with(problem, session.config)

    def _unknown_role(self) -> str:
        known = {role for run in self._state.runs.values() for role in run.suite.models}
        for role in self._state.settings.models:
            if role not in known:
                near = did_you_mean(role, known)
                return f"--promptevo-model: no suite has a model role {role!r}: {near}"
        return ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Evolves, updates the lock and asks for missing answers, before the first test."""
        config = session.config
        if config.option.collectonly or hasattr(config, "workerinput"):
            return
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return
        settings = self._state.settings
        if settings.record == "none" and not (settings.evolve or settings.update_lock):
            return
        from pytest_promptevo.plugin.prepare import prepare

        try:
            prepare(self._state, config)
        except SettingsError as bad:
            raise pytest.UsageError(str(bad)) from None
        except RecordingMissing as bad:
            raise pytest.UsageError(f"{bad}: add --promptevo-record=missing") from None
        except PromptEvoError as bad:
            pytest.exit(f"promptevo: {bad}", returncode=pytest.ExitCode.TESTS_FAILED)
        except OSError as bad:
            pytest.exit(
                f"promptevo: cannot write {bad.filename}: {bad.strerror}",
                returncode=pytest.ExitCode.TESTS_FAILED,
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Lets the report carry the verdict, across xdist, too."""
        report = yield
        if call.when == "call" and isinstance(item, SuiteItem):
            setattr(report, PAYLOAD, item.payload)
        return report

    def pytest_unconfigure(self) -> None:
        """Frees engines and stores."""
        self._state.close()


def _end_with(problem: str, config: pytest.Config) -> None:
    """Ends the run with a usage error; a worker of xdist leaves that to the controller."""
    if not hasattr(config, "workerinput"):
        raise pytest.UsageError(problem)
    report = pytest.CollectReport(nodeid="", outcome="failed", longrepr=problem, result=[])
    setattr(report, USAGE_ERROR, problem)
    config.hook.pytest_collectreport(report=report)
