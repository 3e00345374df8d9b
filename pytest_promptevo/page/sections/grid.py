"""The grid: examples by genomes, a mark for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.genome import Genome
from pytest_promptevo.page.room import Room, size_of
from pytest_promptevo.page.sections.order import by_interest
from pytest_promptevo.page.shown import BEFORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.page.sections.data import SuiteData
    from pytest_promptevo.page.shown import ShownExample

MOST_ROWS = 400
"""Rows that are shown; others are counted by what their marks are."""

_MARKUP, _OF_MARK = 110, 28
"""Bytes of the markup of a row, and of one of its marks."""

_SAME = 1e-9
_HALF = 0.005
"""Qualities nearer to 0 or 1 than this are shown as if they were that."""


class Mark(NamedTuple):
    """What a genome did on an example: a class of the style sheet, and a sign."""

    kind: str
    sign: str


PASSED, FAILED, UNKNOWN = Mark("p", "✓"), Mark("f", "✗"), Mark("u", "·")


@dataclass(frozen=True)
class GridColumn:
    """A genome.

    Attributes:
        name: What it is called.
        passed: How many examples it passes, of those that are known of it.
        is_tested: Whether it is the one that was tested.
    """

    name: str
    passed: str
    is_tested: bool = False


@dataclass(frozen=True)
class GridRow:
    """An example.

    Attributes:
        example: Its id.
        tags: Its labels.
        anchor: Where its answer is shown, or nothing.
        marks: A mark for each column.
    """

    example: str
    tags: str
    anchor: str
    marks: list[Mark]


@dataclass(frozen=True)
class Grid:
    """The grid.

    Attributes:
        columns: The genomes.
        rows: The examples that are shown.
        rest: How many others have which marks, most first.
    """

    columns: list[GridColumn]
    rows: list[GridRow]
    rest: list[tuple[int, list[Mark]]]


def grid_of(suite: SuiteData, anchors: Mapping[str, str], room: Room | None = None) -> Grid | None:
    """Returns the grid of a suite, or None where there is but one genome.

    Args:
        suite: The suite.
        anchors: Id of an example to where its answer is shown.
        room: What it may take of the page.
    """
    columns = _columns(suite)
    examples = by_interest(suite)
    if len(columns) == 1:  # the list of answers has the same marks
        return None
    marks = {
        each.example: [_mark(suite, qualities, each.example) for _, qualities in columns]
        for each in examples
    }
    count = _fitting(examples[:MOST_ROWS], len(columns), room or Room())
    shown, others = examples[:count], examples[count:]
    rest = Counter(tuple(marks[each.example]) for each in others)
    return Grid(
        [_head(suite, at, name, qualities) for at, (name, qualities) in enumerate(columns)],
        [
            GridRow(
                each.example,
                ", ".join(each.tags),
                anchors.get(each.example, ""),
                marks[each.example],
            )
            for each in shown
        ],
        [(count, list(row)) for row, count in rest.most_common(12)],
    )


def _fitting(examples: Sequence[ShownExample], columns: int, room: Room) -> int:
    """Returns how many rows there is room for."""
    left = room.grid
    for at, each in enumerate(examples):
        left -= _MARKUP + columns * _OF_MARK + size_of([each.example, *each.tags])
        if left < 0:
            return at
    return len(examples)


def _columns(suite: SuiteData) -> list[tuple[str, dict[str, float]]]:
    """Returns the genomes with their qualities: before, tested, candidates, the search's next.

    All are of the examples that the page shows: a search may have seen some that are gone, and a
    part of a suite is compared with that part.
    """
    is_shown = {each.example for each in suite.examples}
    columns = [
        (column, {name: quality for name, quality in qualities.items() if name in is_shown})
        for column, qualities in _all_columns(suite)
    ]
    return [(name, found) for name, found in columns if found or name == suite.tested]


def _all_columns(suite: SuiteData) -> list[tuple[str, dict[str, float]]]:
    tested = {name: record.score.quality for name, record in suite.records.items()}
    beside = {
        column.name: {name: cell.quality for name, cell in column.cells.items()}
        for column in (suite.shown.columns if suite.shown else ())
    }
    of_search: dict[str, dict[str, float]] = {}
    names = suite.names()
    for row in suite.search.rows if suite.search else ():
        name = names.get(row.tried, "")
        if name and name != suite.tested:
            of_search[name] = row.quality
    began = of_search.pop(BEFORE, {})
    before = {**(began if _began_with_the_replaced(suite) else {}), **beside.pop(BEFORE, {})}
    columns = [(BEFORE, before)] if before else []
    return [*columns, (suite.tested, tested), *beside.items(), *of_search.items()]


def _began_with_the_replaced(suite: SuiteData) -> bool:
    """Whether the search began with the genome that the lock replaced, where it names one."""
    columns = suite.shown.columns if suite.shown else ()
    replaced = next((each.genome for each in columns if each.name == BEFORE), None)
    search = suite.search
    if search is None or replaced is None:
        return True
    return Genome(search.tried[search.before].genome) == Genome(replaced)


def _head(suite: SuiteData, at: int, name: str, qualities: Mapping[str, float]) -> GridColumn:
    least = suite.shown.pass_mark if suite.shown else 1.0
    passed = sum(quality >= least - _SAME for quality in qualities.values())
    return GridColumn(name, f"{passed:,}/{len(qualities):,}", name == suite.tested and at < 2)


def _mark(suite: SuiteData, qualities: Mapping[str, float], example: str) -> Mark:
    quality = qualities.get(example)
    if quality is None:
        return UNKNOWN
    least = suite.shown.pass_mark if suite.shown else 1.0
    kind = PASSED if quality >= least - _SAME else FAILED
    if _HALF < quality < 1 - _HALF:
        return Mark(kind.kind, f"{kind.sign} {quality:.2f}".replace("0.", "."))
    return kind
