"""The closing section of a run with suites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import one_line
from pytest_promptevo.reports.model import RunReport
from pytest_promptevo.reports.terminal import run_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from pytest_promptevo.project.verdict_record import Record


def write_summary(
    reporter: pytest.TerminalReporter, records: Sequence[Record], findings: Sequence[str] = ()
) -> None:
    """Writes a row for each suite, then what deserves a line of its own, then audits."""
    if reporter.config.get_verbosity() < -1:
        return
    was_searched = reporter.config.option.evolve == "all"
    lines = [*run_lines(RunReport.of(records, was_searched=was_searched)), *findings]
    if not lines:
        return
    reporter.write_sep("-", "promptevo")
    for line in lines:
        reporter.write_line(one_line(line))
