"""Figures by tag."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import Objectives, figures
from pytest_promptevo.page.sections.axis import Axis, Whisker
from pytest_promptevo.page.shown import BEFORE
from pytest_promptevo.page.texts import line
from pytest_promptevo.reports.model import TagReport
from pytest_promptevo.reports.words import interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.page.sections.data import SuiteData

_MOST = 60
"""Tags that are shown, those of most examples."""

_UNTAGGED = "without a tag"


@dataclass(frozen=True)
class TagRow:
    """A tag.

    Attributes:
        tag: The tag.
        n: Number of its examples that were judged.
        passed: How many of them pass.
        quality: Their mean quality with its interval.
        whisker: The same on an axis from 0 to 1.
        fitness: Their mean fitness.
        needs: Their least mean quality, where the suite has one.
        before: Mean quality of the replaced genome on those that are known of it.
    """

    tag: str
    n: int
    passed: int
    quality: str
    whisker: Whisker
    fitness: str
    needs: str
    before: str


@dataclass(frozen=True)
class Tags:
    """The tags that are shown, the worst first, and how many more there are."""

    rows: list[TagRow]
    more: int


def tags_of(suite: SuiteData) -> Tags:
    """Returns a row for each tag, the worst first; none where no example has one.

    Figures are those of the run's report: what is shown of an example names but its first tags,
    and long ones by their beginning.
    """
    tags: list[tuple[str | None, TagReport]] = [
        (each.tag, each) for each in (suite.report.tags if suite.report else ())
    ]
    if not tags:
        return Tags([], 0)
    by_tag = _by_tag(suite)
    if None in by_tag:
        tags.append((None, _untagged(suite, by_tag[None])))
    most = sorted(tags, key=lambda tag: -len(by_tag[tag[0]]))[:_MOST]
    most.sort(key=lambda tag: (tag[1].figures.objectives["quality"].mean, tag[1].tag))
    return Tags(
        [_row(suite, told, by_tag[tag]) for tag, told in most],
        len(tags) - len(most),
    )


def _by_tag(suite: SuiteData) -> dict[str | None, list[str]]:
    """Returns which examples were judged, by tag; None of those without one."""
    names: dict[str | None, list[str]] = defaultdict(list)
    for name, record in suite.records.items():
        for tag in record.tags or (None,):
            names[tag].append(name)
    return names


def _untagged(suite: SuiteData, names: Sequence[str]) -> TagReport:
    records = [suite.records[name] for name in names]
    scores = [record.score for record in records]
    passed = sum(record.passed for record in records)
    return TagReport(_UNTAGGED, passed, figures(scores, Objectives(records[0].facts.weights)))


def _row(suite: SuiteData, told: TagReport, names: Sequence[str]) -> TagRow:
    quality = told.figures.objectives["quality"]
    return TagRow(
        tag=line(told.tag, 40) or "(empty)",
        n=quality.n,
        passed=told.passed,
        quality=interval(quality),
        whisker=Axis(0.0, 1.0).whisker(quality.mean, quality.low, quality.high),
        fitness=f"{told.figures.fitness.mean:.3f}",
        needs="" if told.least is None else f"{told.least:g}",
        before=_before(suite, names),
    )


def _before(suite: SuiteData, examples: Sequence[str]) -> str:
    cells = [suite.cell(BEFORE, name) for name in examples]
    known = [cell.quality for cell in cells if cell is not None]
    return f"{fmean(known):.3f}" if known else ""
