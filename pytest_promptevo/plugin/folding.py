"""The first run of a suite: its many failures become one line each, so that they fit a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base.text import shorten
from pytest_promptevo.plugin.report_fields import FIRST_FAILURE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

MOST = 4
"""Failing examples of a suite that are shown as pytest shows them; more are folded."""

_OWN_CHOICE = {
    "verbose": (0, -1),
    "tbstyle": ("auto",),
    "reportchars": ("fE",),
    "no_summary": (False,),
}
"""Options with the values that leave it to us how failures are shown."""


class FoldedFailures:
    """Takes failures of a suite without a lock entry out of pytest's sections.

    pytest's own conventions hold where they were asked for: ``-v``, ``--tb`` and ``-r`` show
    each failure as ever. Counts, exit code and what other plugins hear do not change.

    Args:
        reporter: pytest's reporter, after the last test.
    """

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._failed: list[Any] = reporter.stats.get("failed", [])
        suites: dict[str, list[tuple[str, str]]] = {}
        for report in self._failed if _is_ours_to_say(reporter.config) else ():
            if first := getattr(report, FIRST_FAILURE, ()):
                suites.setdefault(first[0], []).append((first[1], first[2]))
        self._folded = {
            suite: sorted(rows)
            for suite, rows in suites.items()
            if sum(bool(example) for example, _ in rows) > MOST
        }

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self) -> Generator[None, None, None]:
        """Takes them out while pytest writes its sections, and puts them back for the counts."""
        if not self._folded:
            return (yield)
        stats = self._reporter.stats
        stats["failed"] = [report for report in self._failed if not self._is_folded(report)]
        try:
            return (yield)
        finally:
            stats["failed"] = self._failed

    def write(self) -> None:
        """Writes the first of them, a line each, and how to see them all."""
        width = self._reporter._tw.fullwidth
        for suite, rows in self._folded.items():
            breaches = [line for name, why in rows if not name for line in why.splitlines()]
            examples = [(name, why) for name, why in rows if name]
            self._reporter.write_sep("_", f"{suite}: {len(examples)} failing examples")
            for line in [*_lines(examples), *breaches]:
                self._reporter.write_line(shorten(line, width))

    def _is_folded(self, report: Any) -> bool:
        first: tuple[str, ...] = getattr(report, FIRST_FAILURE, ())
        return bool(first) and first[0] in self._folded


def _is_ours_to_say(config: pytest.Config) -> bool:
    return all(getattr(config.option, name, None) in usual for name, usual in _OWN_CHOICE.items())


def _lines(rows: list[tuple[str, str]]) -> Iterable[str]:
    width = max(len(name) for name, _ in rows[:MOST])
    for name, why in rows[:MOST]:
        yield f"{name:<{width}}  {why}"
    rest = len(rows) - MOST
    yield f"and {rest} more; pytest -v shows each in full, pytest -k {rows[0][0]} that one"
