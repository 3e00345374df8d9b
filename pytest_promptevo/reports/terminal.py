"""The report of a run as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import one_line, shorten
from pytest_promptevo.reports.next_step import next_step
from pytest_promptevo.reports.notes import notes_of
from pytest_promptevo.reports.tables import narrow
from pytest_promptevo.reports.words import interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.reports.model import RunReport, SuiteReport

_MOST_TAGS = 8
_TAG_WIDTH = 30


def run_lines(report: RunReport) -> list[str]:
    """Returns a row for each suite, then what deserves a line of its own; nothing of nothing."""
    table = suites_table(report.suites).splitlines() if report.suites else []
    if tags := tags_table(report.suites):
        table += ["", *tags.splitlines()]
    sums = [
        f"{suite.suite}: {suite.decides.explained()}"
        for suite in report.suites
        if suite.passes is False
    ]
    notes = [note for suite in report.suites for note in _notes(suite)]
    steps = [
        f"{suite.suite}: next: {step}" for suite in report.suites if (step := next_step(suite))
    ]
    drafts = [
        f"{name}: a draft without a lock entry, and without recorded answers: nothing was judged"
        for name in report.unjudged_drafts
    ]
    return [*table, *sums, *sorted([*notes, *drafts]), *steps]


def suites_table(suites: Sequence[SuiteReport]) -> str:
    """Returns a row for each suite: gate, fitness, objectives; 100 columns for usual names.

    Repairs have a column only where there are any, and so has the number of examples that
    figures are of, where they are not of all.
    """
    table = [
        [
            suite.suite,
            suite.state,
            f"{suite.passed}/{suite.tested}" + _of(suite) if suite.tested else "-",
            interval(suite.decides.fitness),
            f"{suite.threshold:g}",
            {True: "pass", False: "FAIL", None: "-"}[suite.passes],
            f"{suite.decides.objectives['quality'].mean:.3f}",
            _latency(suite),
            f"{suite.decides.objectives['tokens'].mean:.0f}",
        ]
        for suite in suites
    ]
    head = ["suite", "genome", "passed", "fitness [95 % CI]", "needs", "gate"]
    head += ["quality", "ms p50/p95", "tokens"]
    if any(suite.unseen for suite in suites):
        head.insert(4, "of")
        for row, suite in zip(table, suites, strict=True):
            row.insert(4, f"{suite.unseen.fitness.n} unseen" if suite.unseen else "all")
    if any(suite.decides.objectives["repairs"].mean for suite in suites):
        head.append("repairs")
        for row, suite in zip(table, suites, strict=True):
            row.append(f"{suite.decides.objectives['repairs'].mean:.2f}")
    return narrow([head, *table])


def tags_table(suites: Sequence[SuiteReport]) -> str:
    """Returns a row for each tag of suites that it says something of; nothing of nothing.

    It says nothing of suites of which all is tagged the same, or passes without limits for tags.
    Of many tags those of the worst quality are shown, and those with a limit.
    """
    head = ["suite", "tag", "passed", "quality [95 % CI]", "fitness", "needs"]
    table = [row for suite in suites for row in _tag_rows(suite)]
    if not any(row[-1] for row in table):
        head, table = head[:-1], [row[:-1] for row in table]
    return narrow([head, *table]) if table else ""


def _tag_rows(suite: SuiteReport) -> Iterator[list[str]]:
    limited = [each for each in suite.tags if each.least is not None]
    if not limited and (len(suite.tags) < 2 or suite.passed == suite.tested):
        return
    for each in [*limited, *(each for each in suite.tags if each.least is None)][:_MOST_TAGS]:
        quality = each.figures.objectives["quality"]
        yield [
            suite.suite,
            shorten(one_line(each.tag), _TAG_WIDTH),
            f"{each.passed}/{quality.n}",
            interval(quality),
            f"{each.figures.fitness.mean:.3f}",
            "" if each.least is None else f"{each.least:g}",
        ]
    if len(suite.tags) > _MOST_TAGS:
        yield [suite.suite, f"and {len(suite.tags) - _MOST_TAGS:,} more", "", "", "", ""]


def _latency(suite: SuiteReport) -> str:
    """Returns ``512/540 (measured 1,410)``, or what was measured alone."""
    figures, measured = suite.decides, suite.measured_p50
    told = f"{figures.latency_p50:.0f}/{figures.latency_p95:.0f}"
    return told if measured is None else f"{told} (measured {measured:,.0f})"


def _of(suite: SuiteReport) -> str:
    return f" of {suite.total}" if suite.total != suite.tested else ""


def _notes(suite: SuiteReport) -> list[str]:
    return [f"{suite.suite}: {note.text}" for note in notes_of(suite)]
