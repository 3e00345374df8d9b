"""What is to be said of a suite before all figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted, few_of
from pytest_promptevo.base.times import when
from pytest_promptevo.page.texts import line
from pytest_promptevo.reports.next_step import next_step
from pytest_promptevo.reports.notes import Note, notes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.page.sections.data import SuiteData
    from pytest_promptevo.reports.model import SuiteReport

_MOST_IDS = 12
_LONGEST = 600


def alerts_of(suite: SuiteData) -> list[Note]:
    """Returns what is to be said first, the worst first."""
    order = ["bad", "warn", "good", "note"]
    found = sorted(_all(suite), key=lambda alert: order.index(alert.kind))
    return [Note(kind, word, line(text, _LONGEST)) for kind, word, text in found]


def _all(suite: SuiteData) -> Iterator[Note]:
    if suite.gate is not None:
        is_draft = suite.is_draft
        for breach in suite.gate.breaches:
            yield Note("warn" if is_draft else "bad", "draft" if is_draft else "fails", breach)
    errors = [example for example in suite.examples if example.error]
    if errors:
        few = few_of([each.example for each in errors], _MOST_IDS)
        yield Note(
            "warn" if suite.is_draft else "bad",
            "not judged",
            f"{counted(len(errors), 'example')}: {few}",
        )
    told = {*(suite.report.regressed if suite.report else ()), *(each.example for each in errors)}
    if new := [name for name in suite.failing if name not in told]:
        few = few_of(new, _MOST_IDS)
        yield Note("bad", "fails", f"{counted(len(new), 'example')}: {few}")
    if suite.report is not None:
        yield from _of_report(suite.report)
    if suite.changed:
        parts = ", ".join(suite.changed)
        yield Note(
            "warn",
            "search",
            f"changed since the latest search here ({when(suite.searched_at)}): {parts}; its "
            "pictures show what was then",
        )
    if suite.search is None and suite.searched_at:
        yield Note(
            "note",
            "other search",
            f"the search that left a record here ({when(suite.searched_at)}) neither began with "
            "the genome that is tested nor found it, as one of another branch: it is not shown",
        )
    elif suite.search is None and suite.shown is not None:
        yield Note(
            "note",
            "no search",
            "no search of this suite has left a record here (.promptevo/), so front, history and "
            "values of genes are not shown: pytest --evolve leaves one",
        )


def _of_report(report: SuiteReport) -> Iterator[Note]:
    if report.is_foreign and report.state == "locked":
        yield Note("bad", "lock", "the committed recordings are not those of its lock entry")
    for kind, word, text in notes_of(report):
        yield Note(kind, word, text.removeprefix(f"{word}: "))
    if report.passes is False:
        yield Note("note", "fitness", report.decides.explained())
    if step := next_step(report):
        yield Note("note", "next", step)
