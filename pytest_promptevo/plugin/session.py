"""A run with suites: its project, and the hooks that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_promptevo.errors import (
    PromptEvoError,
    RecordingMissing,
    SettingsError,
    did_you_mean,
    printable,
)
from pytest_promptevo.plugin.captured import EscapedOutput, escape_sections
from pytest_promptevo.plugin.golden_item import GoldenItem
from pytest_promptevo.plugin.items import DamageItem, SuiteItem, frames
from pytest_promptevo.plugin.live import LiveLine
from pytest_promptevo.plugin.report_fields import AUDIT, FAILURE, RECORD, USAGE_ERROR
from pytest_promptevo.plugin.set_aside import SET_ASIDE
from pytest_promptevo.plugin.settings import settings_of
from pytest_promptevo.plugin.suite_items import GateItem
from pytest_promptevo.project import Project
from pytest_promptevo.project.verdict_record import to_plain

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


class SuiteSession:
    """Made and registered by the first suite that is collected.

    Args:
        config: The run's configuration.

    Attributes:
        project: The project below pytest's rootdir.
        checked: Locks that have been checked for entries without a suite.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._live = LiveLine(config)
        self.project = Project.open(config.rootpath, settings_of(config), self._live)
        self.checked: set[Path] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leaves out what is beyond a quick look."""
        if not (most := self.project.settings.max_examples):
            return
        from pytest_promptevo.plugin.quick_look import left_out

        if dropped := left_out(items, most):
            config.hook.pytest_deselected(items=list(dropped))
            items[:] = [item for item in items if item not in dropped]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Notes which examples are left after ``-k``, ``--lf`` and the like."""
        self._live.speaks = True
        for run in self.project.runs.values():
            run.selected, run.is_selected = set(), False
        for item in session.items:
            if isinstance(item, SuiteItem):
                item.run.is_selected = True
            if isinstance(item, GateItem):
                item.run.asks_all = item.is_rerun
            if isinstance(item, GoldenItem):
                item.run.selected.add(item.example.id)
        SET_ASIDE.items(session.items)
        problem = self._unknown_role()
        if problem and not session.testsfailed:
            _end_with(problem, session.config)

    def _unknown_role(self) -> str:
        suites = [run.suite for run in self.project.runs.values()]
        known = {role for suite in suites for role in (*suite.prompt.models, *suite.proposers)}
        for role in self.project.settings.models:
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
        settings = self.project.settings
        if settings.record == "none" and not (settings.evolve or settings.update_lock):
            return
        from pytest_promptevo.plugin.prepare import prepare

        try:
            with EscapedOutput():
                prepare(self.project, self._live)
        except SettingsError as exc:
            raise pytest.UsageError(str(exc)) from None
        except RecordingMissing as exc:
            raise pytest.UsageError(f"{exc}: add --promptevo-record=missing") from None
        except PromptEvoError as exc:
            if lines := frames(exc.__cause__):
                self._live.write(lines)
            about = f"{exc.about}: " if exc.about else ""
            _end_failed(session, f"{about}{exc}")
        except OSError as exc:
            _end_failed(session, f"cannot write {exc.filename}: {exc.strerror}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Escapes what functions of a suite print, for runs that capture nothing."""
        if not isinstance(item, SuiteItem):
            return (yield)
        with EscapedOutput():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Lets the report carry the verdict, across xdist, too, and what was printed escaped."""
        report = yield
        if not isinstance(item, (SuiteItem, DamageItem)):
            return report
        escape_sections(report)
        if call.when != "call" or isinstance(item, DamageItem):
            return report
        if item.record is not None:
            setattr(report, RECORD, to_plain(item.record))
        if item.failure is not None and report.failed:
            setattr(report, FAILURE, list(item.failure))
        if item.finding:
            setattr(report, AUDIT, item.finding)
        return report

    def pytest_unconfigure(self) -> None:
        """Frees engines and stores."""
        self.project.close()


_SESSION = pytest.StashKey[SuiteSession]()


def session_of(config: pytest.Config) -> SuiteSession:
    """Returns the run's session, made by the first suite that is collected."""
    if _SESSION not in config.stash:
        session = config.stash[_SESSION] = SuiteSession(config)
        config.pluginmanager.register(session, "promptevo-session")
    return config.stash[_SESSION]


def _end_failed(session: pytest.Session, problem: str) -> NoReturn:
    """Ends the run as failed tests end it; `pytest.exit` would show the name of its class."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        for line in printable(f"promptevo: {problem}").splitlines():
            reporter.write_line(line, red=True)
    raise session.Failed(problem)


def _end_with(problem: str, config: pytest.Config) -> None:
    """Ends the run with a usage error; a worker of xdist leaves that to the controller."""
    if not hasattr(config, "workerinput"):
        raise pytest.UsageError(problem)
    report = pytest.CollectReport(nodeid="", outcome="failed", longrepr=problem, result=[])
    setattr(report, USAGE_ERROR, problem)
    config.hook.pytest_collectreport(report=report)
