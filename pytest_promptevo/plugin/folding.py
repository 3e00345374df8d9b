"""Many failures that say the same, or little that is new, become few lines that fit a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pytest_promptevo.base.text import one_line, shorten
from pytest_promptevo.errors import printable
from pytest_promptevo.plugin.report_fields import FAILURE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

MOST = {"new": 4, "locked": 10, "error": 4, "scorer": 4}
"""Failing examples of a suite that are shown as pytest shows them, by kind; more are folded."""

_ERRORS = {"error": "without an answer", "scorer": "on which a scorer fails"}
"""What is said of examples by kinds of which one text tells all that have one cause."""

_OWN_CHOICE = {
    "verbose": (0, -1),
    "tbstyle": ("auto",),
    "reportchars": ("fE",),
    "no_summary": (False,),
}
"""Options with the values that leave it to us how failures are shown."""


class Failure(NamedTuple):
    """What a report says of a test that failed; it crosses pytest-xdist as a plain list.

    Attributes:
        kind: ``new`` for an answer that is wrong in a suite without a lock entry, ``locked``
            in one with an entry, ``error`` where there is no answer, ``scorer`` where one
            raises or returns no verdict.
        suite: The suite.
        example: Id of the golden example, empty for the gate.
        why: The reason in a line; of an error all that pytest would print.
        command: Runs the test of the example alone.
        cause: What errors of one cause share, where their reasons name example or values.
    """

    kind: str
    suite: str
    example: str
    why: str
    command: str = ""
    cause: str = ""


class FoldedFailures:
    """Takes failures of which there are many out of pytest's sections.

    Wrong answers become a line each, errors with one text are told once. pytest's own
    conventions hold where they were asked for: ``-v``, ``--tb`` and ``-r`` show each failure as
    ever. Counts, exit code and what other plugins hear do not change.

    Args:
        reporter: pytest's reporter, after the last test.
    """

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._failed: list[Any] = reporter.stats.get("failed", [])
        groups: dict[tuple[str, ...], list[Failure]] = {}
        for report in self._failed if _is_ours_to_say(reporter.config) else ():
            if failure := _failure_of(report):
                groups.setdefault(_group(failure), []).append(failure)
        self._folded = {
            group: sorted(failures)
            for group, failures in groups.items()
            if sum(bool(failure.example) for failure in failures) > MOST[group[0]]
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
        """Writes the first of each group, and how to see them all."""
        for (kind, suite, _), failures in self._folded.items():
            examples = [failure for failure in failures if failure.example]
            if kind in _ERRORS:
                self._write_error(suite, examples, kind)
                continue
            self._reporter.write_sep("_", f"{suite}: {len(examples)} failing examples")
            breaches = [failure.why for failure in failures if not failure.example]
            width = self._reporter._tw.fullwidth
            for line in _lines(examples[: MOST[kind]]):
                self._reporter.write_line(shorten(one_line(line), width))
            rest = len(examples) - MOST[kind]
            self._reporter.write_line(
                f"and {rest} more; pytest -v shows each in full, this shows the first alone:"
            )
            self._reporter.write_line(one_line(f"  {examples[0].command}"))
            for line in "\n".join(breaches).splitlines():
                self._reporter.write_line(shorten(one_line(line), width))

    def _write_error(self, suite: str, examples: list[Failure], kind: str) -> None:
        names = ", ".join(failure.example for failure in examples[: MOST[kind]])
        self._reporter.write_sep("_", f"{suite}: {len(examples)} examples {_ERRORS[kind]}")
        for line in examples[0].why.splitlines():
            self._reporter.write_line(printable(line))
        rest = len(examples) - MOST[kind]
        self._reporter.write_line(f"the same for {names} and {rest} more")

    def _is_folded(self, report: Any) -> bool:
        failure = _failure_of(report)
        return failure is not None and _group(failure) in self._folded


def _failure_of(report: Any) -> Failure | None:
    fields = getattr(report, FAILURE, None)
    return Failure(*fields) if fields else None


def _group(failure: Failure) -> tuple[str, str, str]:
    cause = (failure.cause or failure.why) if failure.kind in _ERRORS else ""
    return (failure.kind, failure.suite, cause)


def _is_ours_to_say(config: pytest.Config) -> bool:
    return all(getattr(config.option, name, None) in usual for name, usual in _OWN_CHOICE.items())


def _lines(examples: list[Failure]) -> Iterable[str]:
    width = max(len(failure.example) for failure in examples)
    return (f"{failure.example:<{width}}  {failure.why}" for failure in examples)
