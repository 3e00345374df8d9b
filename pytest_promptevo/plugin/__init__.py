"""The pytest plugin. This module stays small: every pytest run imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.plugin.report_fields import ASKED, AUDIT, RECORD, USAGE_ERROR

if TYPE_CHECKING:
    import warnings
    from pathlib import Path

    from pytest_promptevo.plugin.folding import FoldedFailures
    from pytest_promptevo.plugin.tested_prompt import TestedPrompt

_MARKER = "promptevo(suite): the suite whose locked prompt the fixture `promptevo` is"

_ENDINGS = (".promptevo.yaml", ".promptevo.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds options and ini settings."""
    from pytest_promptevo.plugin.options import add_options

    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds the hooks that ``conftest.py`` may implement."""
    from pytest_promptevo.plugin import hooks

    pluginmanager.add_hookspecs(hooks)
    pluginmanager.register(ListedTags(), "promptevo-listed-tags")


def pytest_configure(config: pytest.Config) -> None:
    """Checks that the options go together and starts listening for verdicts."""
    from pytest_promptevo.plugin.options import check_options

    check_options(config)
    config.addinivalue_line("markers", _MARKER)
    config.pluginmanager.register(Verdicts(config), "promptevo-verdicts")
    if config.option.promptevo_report is not None:
        from pytest_promptevo.plugin.page import PageWriter

        config.pluginmanager.register(PageWriter(config), "promptevo-page")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collects ``*.promptevo.yaml``."""
    if not file_path.name.endswith(_ENDINGS):
        return None
    from pytest_promptevo.plugin.collect import SuiteFile

    return SuiteFile.of(parent, file_path)


@pytest.fixture
def promptevo(request: pytest.FixtureRequest) -> TestedPrompt:
    """The locked prompt that ``@pytest.mark.promptevo("SUITE")`` names, or the only one.

    ``promptevo.answer(message="...")`` asks it; ``.text``, ``.data``, ``.tokens`` and
    ``.latency_ms`` are what came. Answers are replayed from the committed recordings;
    ``--promptevo-update-lock`` records those of tests.
    """
    from pytest_promptevo.plugin.python_tests import fixture

    return fixture(request)


class ListedTags:
    """Lists tags for ``--markers``, after pytest and plugins have registered markers of theirs."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Registers the tags, which else a run does while it collects."""
        if config.option.markers:
            from pytest_promptevo.plugin.tags import register_all

            register_all(config)


class Verdicts:
    """Gathers the verdicts of all reports, wherever they were made, for the summary."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._plain: list[dict[str, Any]] = []
        self._folded: FoldedFailures | None = None
        self._findings: list[str] = []
        self._asked: list[tuple[dict[str, Any], bool]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the verdict of a report (of this process or of an xdist worker)."""
        record = getattr(report, RECORD, None)
        if record is not None:
            self._plain.append(record)
        if (asked := getattr(report, ASKED, None)) is not None:
            self._asked.append((asked, report.passed))
        if finding := getattr(report, AUDIT, ""):
            self._findings.append(finding)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Ends the run where a worker has found options that do not fit its suites.

        Raises:
            pytest.UsageError: with the worker's message.
        """
        problem = getattr(report, USAGE_ERROR, None)
        if problem and not hasattr(self._config, "workerinput"):
            raise pytest.UsageError(problem)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, nodeid: str
    ) -> None:
        """Escapes what functions of a suite warn of."""
        if any(ending in nodeid for ending in _ENDINGS):
            from pytest_promptevo.plugin.captured import escape_warning

            escape_warning(warning_message)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Looks which failures the summary shall fold, before it is written."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if hasattr(self._config, "workerinput") or reporter is None:
            return
        if self._plain and reporter.stats.get("failed"):
            from pytest_promptevo.plugin.folding import FoldedFailures

            self._folded = FoldedFailures(reporter)
            self._config.pluginmanager.register(self._folded, "promptevo-folding")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Shows the suites' figures."""
        if self._plain or self._findings or self._asked:
            from pytest_promptevo.plugin.summary import write_summary
            from pytest_promptevo.project.verdict_record import from_plain

            if self._folded is not None:
                self._folded.write()
            records = [from_plain(record) for record in self._plain]
            findings = self._findings
            if self._asked:
                from pytest_promptevo.reports.python_text import asked_lines

                findings = [*asked_lines(self._asked), *findings]
            write_summary(terminalreporter, records, findings)
