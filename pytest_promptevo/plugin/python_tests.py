"""The fixture `promptevo`: locked prompts for tests in Python, with recordings and a summary."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.errors import LockError, PromptEvoError, did_you_mean, printable
from pytest_promptevo.lock import read_lock
from pytest_promptevo.plugin.report_fields import ASKED
from pytest_promptevo.plugin.session import session_of
from pytest_promptevo.plugin.tested_prompt import TestedPrompt
from pytest_promptevo.project.named_code import check_named
from pytest_promptevo.project.python_tests import recorded_for_tests, write_recorded
from pytest_promptevo.project.suite_files import LOCK_NAME, lock_files
from pytest_promptevo.runtime import load

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from pytest_promptevo.project import Project
    from pytest_promptevo.recording import Answerer, Recording
    from pytest_promptevo.runtime import LockedPrompt

_PLUGIN = "promptevo-python-tests"


class PythonTests:
    """The prompts that tests in Python ask in a run; registered by the first of them.

    Args:
        config: The run's configuration.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._project: Project = session_of(config).project
        self._answerers: dict[tuple[Path, str], Answerer] = {}
        self._prompts: dict[tuple[Path, str], LockedPrompt] = {}
        self._running: dict[str, tuple[Path, TestedPrompt]] = {}
        self._asked: dict[tuple[Path, str], dict[str, list[Recording]]] = {}
        self._ended: set[str] = set()

    @classmethod
    def of(cls, node: pytest.Item) -> PythonTests:
        """Returns those of the run that a test belongs to."""
        found = node.config.pluginmanager.get_plugin(_PLUGIN)
        if found is None:
            found = cls(node.config)
            node.config.pluginmanager.register(found, _PLUGIN)
            before = takewhile(lambda item: item is not node, node.session.items)
            found._ended.update(item.nodeid for item in before)
        tests: PythonTests = found
        return tests

    def prompt_for(self, node: pytest.Item) -> TestedPrompt:
        """Returns the locked prompt that a test is about.

        Raises:
            PromptEvoError: if it is not known which, or it cannot be used.
        """
        lock_path, suite = self._place(node)
        where = (lock_path, suite)
        if where not in self._prompts:
            entry = read_lock(lock_path).entries[suite]
            check_named(entry, suite, lock_path, self._config.rootpath)
            settings = self._project.settings
            models = {role: settings.models[role] for role in entry.models
                      if role in settings.models}  # fmt: skip
            prompt = load(lock_path, suite, models=models, root=self._config.rootpath)
            is_replaced = settings.update_lock and settings.record == "all"
            committed = recorded_for_tests(lock_path, suite, is_replaced=is_replaced)
            self._answerers[where] = self._project.answerer(
                lock_path, committed, entry, settings.record
            )
            self._prompts[where] = prompt
        made = TestedPrompt(self._prompts[where], self._answerers[where], node.nodeid)
        self._running[node.nodeid] = (lock_path, made)
        self._asked.setdefault(where, {})[node.nodeid] = made.recordings
        return made

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Lets the report carry what the test has asked, across pytest-xdist, too."""
        told = None
        if call.when == "call" and item.nodeid in self._running:
            told = self._running.pop(item.nodeid)[1]
            item.user_properties += told.properties()
        report = yield
        if told is not None:
            setattr(report, ASKED, told.told())
        if call.when == "call" and report.passed:
            self._ended.add(item.nodeid)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Commits the answers, where the run was asked to update the lock."""
        if not self._project.settings.update_lock:
            return
        root = self._config.rootpath

        def stays(test: str) -> bool:
            return test not in self._ended and (root / test.partition("::")[0]).is_file()

        reporter = self._project.reporter
        for (lock_path, suite), asked in self._asked.items():
            try:
                write_recorded(lock_path, suite, asked, stays)
            except (PromptEvoError, OSError) as exc:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
                reporter.say(f"{suite}: the answers of tests are not recorded: {exc}")

    def _place(self, node: pytest.Item) -> tuple[Path, str]:
        """Returns lock and name of the suite that a test names, or of the only one there is."""
        locks = list(self._locks(node.path))
        if not locks:
            hint = "pytest --promptevo-update-lock writes one for the suites that there are"
            raise LockError(f"no {LOCK_NAME}", path=self._config.rootpath / LOCK_NAME, hint=hint)
        names = [(path, name) for path in locks for name in read_lock(path).entries]
        marker = node.get_closest_marker("promptevo")
        if marker is None:
            if len(names) == 1:
                return names[0]
            hint = 'name one: @pytest.mark.promptevo("SUITE")'
            raise LockError(f"there are {len(names)} suites", path=locks[0], hint=hint)
        if len(marker.args) != 1 or not isinstance(marker.args[0], str) or marker.kwargs:
            hint = 'it takes the name of a suite: @pytest.mark.promptevo("order-number")'
            raise PromptEvoError(f"{node.nodeid}: the marker promptevo: {hint}")
        (suite,) = marker.args
        found = [path for path, name in names if name == suite]
        if not found:
            near = did_you_mean(suite, [name for _, name in names])
            raise LockError(f"no entry for suite {suite!r}", path=locks[0], hint=near)
        if len(found) > 1 and found[0].parent not in node.path.parents:
            told = f"suite {suite!r} is in another lock, too: {found[1]}"
            raise LockError(told, path=found[0], hint="put the test beside one of them")
        return found[0], suite

    def _locks(self, test: Path) -> Iterator[Path]:
        """Yields the locks above a test, the nearest first, then all others of the project."""
        root = self._config.rootpath
        above = [folder / LOCK_NAME for folder in test.parents if folder.is_relative_to(root)]
        yield from (path for path in above if path.is_file())
        for path in lock_files(root, self._config.getini("norecursedirs")):
            if path not in above:
                yield path


def fixture(request: pytest.FixtureRequest) -> TestedPrompt:
    """Returns the fixture's value, or fails without a traceback of ours."""
    __tracebackhide__ = True
    try:
        return PythonTests.of(request.node).prompt_for(request.node)
    except PromptEvoError as exc:
        problem = printable(str(exc))
    pytest.fail(problem, pytrace=False)
