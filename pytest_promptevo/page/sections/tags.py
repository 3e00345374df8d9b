"""Figures by tag."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import mean_interval, wilson_interval
from pytest_promptevo.page.sections.axis import Axis, Whisker
from pytest_promptevo.page.shown import BEFORE
from pytest_promptevo.reports.words import interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Estimate
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
        before: Mean quality of the replaced genome on those that are known of it.
    """

    tag: str
    n: int
    passed: int
    quality: str
    whisker: Whisker
    before: str


def tags_of(suite: SuiteData) -> list[TagRow]:
    """Returns a row for each tag, the worst first; none where no example has one."""
    by_tag: dict[str, list[str]] = defaultdict(list)
    for example in suite.examples:
        for tag in example.tags or (_UNTAGGED,):
            if example.example in suite.records:
                by_tag[tag].append(example.example)
    if not set(by_tag) - {_UNTAGGED}:
        return []
    most = sorted(by_tag, key=lambda tag: -len(by_tag[tag]))[:_MOST]
    rows = [(_quality(suite, by_tag[tag]), tag) for tag in most]
    axis = Axis(0.0, 1.0)
    return [
        TagRow(
            tag=tag,
            n=len(by_tag[tag]),
            passed=sum(suite.records[name].passed for name in by_tag[tag]),
            quality=interval(quality),
            whisker=axis.whisker(quality.mean, quality.low, quality.high),
            before=_before(suite, by_tag[tag]),
        )
        for quality, tag in sorted(rows, key=lambda row: (row[0].mean, row[1]))
    ]


def _quality(suite: SuiteData, examples: Sequence[str]) -> Estimate:
    values = [suite.records[name].score.quality for name in examples]
    if all(value in (0.0, 1.0) for value in values):
        return wilson_interval(round(sum(values)), len(values))
    return mean_interval(values).within(0.0, 1.0)


def _before(suite: SuiteData, examples: Sequence[str]) -> str:
    cells = [suite.cell(BEFORE, name) for name in examples]
    known = [cell.quality for cell in cells if cell is not None]
    return f"{fmean(known):.3f}" if known else ""
