"""Which examples are shown first: those that say most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.page.shown import BEFORE
from pytest_promptevo.project.against_lock import Standing

if TYPE_CHECKING:
    from pytest_promptevo.page.sections.data import SuiteData
    from pytest_promptevo.page.shown import Cell, ShownExample

_FIRST = {Standing.REGRESSED: 0, Standing.WORSE: 0, Standing.FAILED: 1, Standing.UNSTABLE: 1}
_LAST = 9


def by_interest(suite: SuiteData) -> list[ShownExample]:
    """Returns the examples: not judged, regressed, failing, broken, mended, then the rest.

    Those of one kind stand together by tag, and else as the suite has them.
    """
    return sorted(suite.examples, key=lambda each: (_rank(suite, each), each.tags[:1], each.place))


def _rank(suite: SuiteData, example: ShownExample) -> int:
    record = suite.records.get(example.example)
    if record is None:
        return -1 if example.error else _LAST
    if record.standing in _FIRST:
        return _FIRST[record.standing]
    before = suite.cell(BEFORE, example.example)
    if before is not None and before.passed != record.passed:
        return 3 if record.passed else 2
    if not record.passed:
        return 4
    marks = {cell.passed for cell in _others(suite, example)}
    return 5 if False in marks else _LAST


def _others(suite: SuiteData, example: ShownExample) -> list[Cell]:
    columns = suite.shown.columns if suite.shown else ()
    found = (each.cells.get(example.example) for each in columns)
    return [cell for cell in found if cell is not None]
