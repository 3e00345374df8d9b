"""What is to be said of a suite before all figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.base.text import counted, few_of
from pytest_promptevo.base.times import when
from pytest_promptevo.page.texts import line
from pytest_promptevo.reports.next_step import next_step, out_of_date
from pytest_promptevo.reports.terminal import DRAFT, trust_in_judges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.page.sections.data import SuiteData
    from pytest_promptevo.reports.model import SuiteReport

_MOST_IDS = 12
_LONGEST = 600


class Alert(NamedTuple):
    """A kind (``bad``, ``warn``, ``good`` or ``note``), a word for it, and a sentence."""

    kind: str
    word: str
    text: str


def alerts_of(suite: SuiteData) -> list[Alert]:
    """Returns what is to be said first, the worst first."""
    order = ["bad", "warn", "good", "note"]
    found = sorted(_all(suite), key=lambda alert: order.index(alert.kind))
    return [Alert(kind, word, line(text, _LONGEST)) for kind, word, text in found]


def _all(suite: SuiteData) -> Iterator[Alert]:
    if suite.gate is not None:
        is_draft = suite.is_draft
        for breach in suite.gate.breaches:
            yield Alert("warn" if is_draft else "bad", "draft" if is_draft else "fails", breach)
    errors = [example for example in suite.examples if example.error]
    if errors:
        few = few_of([each.example for each in errors], _MOST_IDS)
        yield Alert(
            "warn" if suite.is_draft else "bad",
            "not judged",
            f"{counted(len(errors), 'example')}: {few}",
        )
    told = {*(suite.report.regressed if suite.report else ()), *(each.example for each in errors)}
    if new := [name for name in suite.failing if name not in told]:
        few = few_of(new, _MOST_IDS)
        yield Alert("bad", "fails", f"{counted(len(new), 'example')}: {few}")
    if suite.report is not None:
        yield from _of_report(suite.report)
        yield from _of_what_is_judged(suite.report)
    if suite.search is None and suite.searched_at:
        yield Alert(
            "note",
            "other search",
            f"the search that left a record here ({when(suite.searched_at)}) neither began with "
            "the genome that is tested nor found it, as one of another branch: it is not shown",
        )
    elif suite.search is None and suite.shown is not None:
        yield Alert(
            "note",
            "no search",
            "no search of this suite has left a record here (.promptevo/), so front, history and "
            "values of genes are not shown: pytest --evolve leaves one",
        )


def _of_report(report: SuiteReport) -> Iterator[Alert]:
    if report.regressed:
        yield Alert("bad", "regressed", few_of(report.regressed, _MOST_IDS))
    if report.is_foreign and report.state == "locked":
        yield Alert("bad", "lock", "the committed recordings are not those of its lock entry")
    if report.damage:
        yield Alert("warn", "recordings", report.damage)
    if report.stale:
        yield Alert("warn", "lock", out_of_date(report))
    if report.new:
        yield Alert(
            "warn",
            "answers",
            f"{report.new} of {report.tested} examples have answers that are not the committed "
            "ones",
        )
    if report.latency:
        yield Alert("warn", "latency", report.latency)
    if report.improved:
        yield Alert("good", "improved", few_of(report.improved, _MOST_IDS))
    if report.passes is False:
        yield Alert("note", "fitness", report.decides.explained())
    if step := next_step(report):
        yield Alert("note", "next", step)


def _of_what_is_judged(report: SuiteReport) -> Iterator[Alert]:
    """Yields what a verdict is worth."""
    if report.judges and report.tested:
        yield Alert("note" if report.agreement else "warn", "judge", trust_in_judges(report))
    if report.state == "draft":
        yield Alert("warn", "draft", DRAFT)
