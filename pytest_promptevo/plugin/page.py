"""``--promptevo-report``: what tests show is gathered, here and in workers, and written once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import PromptEvoError, SettingsError, printable
from pytest_promptevo.page.extra import check_extra
from pytest_promptevo.page.gather import shown_example, shown_suite
from pytest_promptevo.page.shown import from_plain, to_plain
from pytest_promptevo.page.write import check_target
from pytest_promptevo.plugin.golden_item import GoldenItem
from pytest_promptevo.plugin.items import DamageItem, SuiteItem
from pytest_promptevo.plugin.report_fields import FAILED, RECORD, SHOWN
from pytest_promptevo.plugin.suite_items import GateItem
from pytest_promptevo.project.verdict_record import from_plain as record_of
from pytest_promptevo.suite.naming import ENDINGS

if TYPE_CHECKING:
    from pytest_promptevo.project import SuiteRun


class PageWriter:
    """Gathers what tests show, and writes the page when the run is over.

    A worker of pytest-xdist lets its reports carry it; the process that has started the workers
    writes, and no other.

    Args:
        config: The run's configuration.

    Raises:
        pytest.UsageError: if the page could not be made, or written where it shall be.
    """

    def __init__(self, config: pytest.Config) -> None:
        path = Path(config.option.promptevo_report)
        self._config = config
        self._path = config.invocation_params.dir / path
        self._is_worker = hasattr(config, "workerinput")
        self._told: set[int] = set()
        self._plain: list[dict[str, Any]] = []
        self._records: list[dict[str, Any]] = []
        self._problems: dict[str, None] = {}
        self._failed: dict[str, None] = {}
        self._line = ""
        if self._is_worker:
            return
        try:
            check_extra()
            check_target(self._path)
        except SettingsError as exc:
            raise pytest.UsageError(f"--promptevo-report: {exc}") from None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Lets the report of a test carry what is shown of it."""
        report = yield
        if call.when == "call" and isinstance(item, SuiteItem):
            setattr(report, SHOWN, self._shown(item, call.excinfo))
        is_own = isinstance(item, (SuiteItem, DamageItem))
        if report.failed and is_own and not _is_told(item, call.when):
            setattr(report, FAILED, _in_a_line(report))
        return report

    def _shown(
        self, item: SuiteItem, failure: pytest.ExceptionInfo[BaseException] | None
    ) -> list[dict[str, Any]]:
        from pytest_promptevo.plugin.captured import EscapedOutput

        plain = []
        with EscapedOutput():  # scorers of the user's judge what is beside the tested genome
            if id(item.run) not in self._told:
                self._told.add(id(item.run))
                plain.append(to_plain(shown_suite(item.run)))
            if isinstance(item, GoldenItem):
                plain.append(to_plain(_example(item.run, item, failure)))
        return plain

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes what a report carries, of this process or of a worker."""
        if self._is_worker:
            return
        self._plain += getattr(report, SHOWN, [])
        failed = getattr(report, FAILED, "")
        if failed or _is_crash(report):
            self._failed[failed or _in_a_line(report)] = None
        record = getattr(report, RECORD, None)
        if record is not None:
            self._records.append(record)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes a suite that could not be loaded: none of its tests can tell of it."""
        if report.failed and report.nodeid.endswith(ENDINGS):
            self._problems[report.longreprtext.strip()] = None  # each worker tells of it

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the page; a run that was to make one and could not is not green."""
        if self._is_worker or self._config.option.collectonly:
            return
        if not (self._plain or self._records or self._failed):
            self._line = "report: no suite was tested, so there is no page"
            return
        from pytest_promptevo.page.build import Page
        from pytest_promptevo.page.write import write_page
        from pytest_promptevo.project.commit_id import commit_id

        page = Page(
            records=[record_of(record) for record in self._records],
            shown=[from_plain(each) for each in self._plain],
            at=time.time(),
            commit=commit_id(self._config.rootpath),
            problems=[*self._problems],
            failed=[*self._failed],
            was_searched=self._config.option.evolve == "all",
        )
        try:
            self._line = write_page(self._path, page)
        except OSError as exc:
            self._line = f"report: cannot be written: {exc.strerror or exc}: {self._path}"
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says where the page is."""
        if self._line:
            terminalreporter.write_line(printable(f"promptevo: {self._line}"))


def _is_told(item: pytest.Item, when: str) -> bool:
    """Whether the page tells of a failure where it shows the suite: of examples and gates.

    Of a draft it tells that none can fail, for what is failed by figures; errors do.
    """
    if when != "call" or not isinstance(item, (GoldenItem, GateItem)) or item.run.is_draft:
        return False
    return isinstance(item, GoldenItem) or bool(getattr(item.record, "breaches", ()))


def _is_crash(report: pytest.TestReport) -> bool:
    """Whether a report is what pytest-xdist makes of a test of a suite that ended a worker."""
    is_own = report.nodeid.partition("::")[0].endswith(ENDINGS)
    return report.failed and is_own and report.when not in ("setup", "call", "teardown")


def _in_a_line(report: pytest.TestReport) -> str:
    """Returns which test failed, and the first line of why."""
    why = report.longrepr  # of a crash it is a text, before which pytest would put its worker
    told = why if isinstance(why, str) else report.longreprtext
    return f"{report.nodeid}: {next(iter(told.strip().splitlines()), '')}"


def _example(
    run: SuiteRun, item: GoldenItem, failure: pytest.ExceptionInfo[BaseException] | None
) -> Any:
    if item.record is None:
        error = failure.value if failure else None
        told = str(error) if isinstance(error, PromptEvoError) else type(error).__name__
        return shown_example(run, item.example, None, told)
    return shown_example(run, item.example, run.evaluation(item.example))
