"""The verdict strip: a row for each suite, all intervals on one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.page.sections.axis import Axis, Whisker
from pytest_promptevo.page.texts import line
from pytest_promptevo.reports.words import interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.lock.parts import SuiteFigures
    from pytest_promptevo.page.sections.data import SuiteData
    from pytest_promptevo.reports.model import SuiteReport


@dataclass(frozen=True)
class VerdictRow:
    """A suite's row.

    Attributes:
        suite: Its name.
        anchor: Where the page tells more of it, or nothing.
        state: ``locked``, ``shipped`` or ``draft``.
        verdict: ``pass``, ``fail``, or ``-`` where nothing judged it.
        passed: How many of the tested examples passed.
        fitness: The fitness that decides, with its interval.
        n: Of how many examples, and of which.
        now: That fitness on the axis; None of a suite that was not judged.
        before: The replaced genome's on the held-out examples, where known.
        before_told: The same in words.
        needs: Where the threshold is.
        threshold: The threshold.
        quality: Mean quality.
        latency: Median and 95th percentile, in milliseconds; the measured median, if it is another.
        tokens: Mean tokens.
        repairs: Mean rounds of repair, where there are any.
        calls: Calls of the search that found the genome, where known.
    """

    suite: str
    anchor: str
    state: str
    verdict: str
    passed: str
    fitness: str
    n: str
    now: Whisker | None
    before: Whisker | None
    before_told: str
    needs: float
    threshold: str
    quality: str
    latency: str
    tokens: str
    repairs: str
    calls: str


@dataclass(frozen=True)
class VerdictStrip:
    """All rows, and the axis that they share."""

    rows: list[VerdictRow]
    ticks: list[tuple[float, str]]


def verdict_strip(suites: Sequence[SuiteData], anchors: Sequence[str]) -> VerdictStrip:
    """Returns the strip.

    Args:
        suites: The suites.
        anchors: Where the page tells more of each, or nothing.
    """
    values: list[float] = []
    for suite in suites:
        if suite.report is not None:
            fitness = suite.report.decides.fitness
            values += [fitness.low, fitness.high, suite.report.threshold]
        if before := _before(suite):
            values += [before.fitness.low, before.fitness.high]
    axis = Axis.over(values)
    rows = [_row(suite, anchor, axis) for suite, anchor in zip(suites, anchors, strict=True)]
    return VerdictStrip(rows, axis.ticks)


def _before(suite: SuiteData) -> SuiteFigures | None:
    locked = suite.shown.locked if suite.shown else None
    return locked.before if locked else None


def _row(suite: SuiteData, anchor: str, axis: Axis) -> VerdictRow:
    report = suite.report
    if report is None:
        return _unjudged(suite, anchor)
    figures, before = report.decides, _before(suite)
    fitness = figures.fitness
    return VerdictRow(
        suite=line(suite.title),
        anchor=anchor,
        state=report.state,
        verdict={True: "pass", False: "fail", None: "-"}[report.passes],
        passed=f"{report.passed:,} of {report.tested:,}{_whole(report)}",
        fitness=interval(fitness),
        n=_of(report),
        now=axis.whisker(fitness.mean, fitness.low, fitness.high),
        before=axis.whisker(before.fitness.mean, before.fitness.low, before.fitness.high)
        if before
        else None,
        before_told=f"{before.fitness.mean:.3f} [{before.fitness.low:.3f}, "
        f"{before.fitness.high:.3f}]"
        if before
        else "",
        needs=axis.at(report.threshold),
        threshold=f"{report.threshold:g}",
        quality=f"{figures.objectives['quality'].mean:.3f}",
        latency=_latency(report),
        tokens=f"{figures.objectives['tokens'].mean:,.0f}",
        repairs=_repairs(figures.objectives["repairs"].mean),
        calls=_calls(suite),
    )


def _whole(report: SuiteReport) -> str:
    return "" if report.tested == report.total else f" (of {report.total:,})"


def _of(report: SuiteReport) -> str:
    if report.unseen is not None:
        return f"{report.unseen.fitness.n:,} unseen"
    if report.tested == report.total:
        return f"all {report.tested:,}"
    return f"{report.tested:,} of {report.total:,}"


def _latency(report: SuiteReport) -> str:
    """Returns the latencies that count, and what was measured where these are modelled."""
    figures, measured = report.decides, report.measured_p50
    told = f"{figures.latency_p50:,.0f} / {figures.latency_p95:,.0f}"
    return told if measured is None else f"{told} (measured {measured:,.0f})"


def _unjudged(suite: SuiteData, anchor: str) -> VerdictRow:
    return VerdictRow(
        suite=line(suite.title),
        anchor=anchor,
        state=suite.gate.facts.state if suite.gate else "",
        verdict="-",
        passed="-",
        fitness="-",
        n="",
        now=None,
        before=None,
        before_told="",
        needs=0.0,
        threshold="",
        quality="-",
        latency="-",
        tokens="-",
        repairs="",
        calls="",
    )


def _repairs(mean: float) -> str:
    return f"{mean:.2f}" if mean else ""


def _calls(suite: SuiteData) -> str:
    search = suite.shown.locked.search if suite.shown and suite.shown.locked else ""
    return "" if isinstance(search, str) else f"{search.calls:,}"
