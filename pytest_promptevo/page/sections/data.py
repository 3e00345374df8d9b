"""All that the page knows of one suite: verdicts, what was shown of it, and its latest search."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.base.private_folder import NAME as PRIVATE
from pytest_promptevo.errors import shown_path
from pytest_promptevo.genome import Genome
from pytest_promptevo.improve.search_record import SearchRecord, read_record, record_path
from pytest_promptevo.page.shown import BEFORE, ShownSuite
from pytest_promptevo.page.texts import line
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.verdict_record import ExampleRecord, GateRecord
from pytest_promptevo.reports.model import RunReport, SuiteReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_promptevo.page.shown import Cell, ShownExample
    from pytest_promptevo.project.verdict_record import Record

_FAIL = (Standing.FAILED, Standing.REGRESSED, Standing.WORSE)
"""Of examples whose tests fail: other failures are expected."""


@dataclass(frozen=True)
class SuiteData:
    """What is known of a suite.

    Attributes:
        name: Its name.
        lock: Path of its lock: suites of several locks may have one name.
        report: Its figures; None where nothing of it could be judged.
        gate: The verdict on it, or None.
        shown: What tests have shown of it; None where none of them ran.
        examples: Its examples, in their order.
        records: Id of an example to the verdict on it.
        search: Its latest search on this machine, if it is known and about the tested genome.
        searched_at: When the latest search on this machine has ended, in seconds; 0 if unknown.
        is_twin: Whether a suite of another lock has its name, too.
    """

    name: str
    lock: str
    report: SuiteReport | None = None
    gate: GateRecord | None = None
    shown: ShownSuite | None = None
    examples: tuple[ShownExample, ...] = ()
    records: dict[str, ExampleRecord] = field(default_factory=dict)
    search: SearchRecord | None = None
    searched_at: float = 0.0
    is_twin: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What no other suite has: lock and name."""
        return self.lock, self.name

    @property
    def title(self) -> str:
        """What the page calls it: with its lock's folder, where others have its name."""
        return f"{self.name} ({shown_path(Path(self.lock).parent)})" if self.is_twin else self.name

    @property
    def tested(self) -> str:
        """What the tested genome is called."""
        return self.report.state if self.report else "shipped"

    @property
    def is_draft(self) -> bool:
        """Whether it is a draft, none of whose tests can fail."""
        facts = [record.facts for record in (self.gate, *self.records.values()) if record]
        return any(each.state == "draft" for each in facts)

    @property
    def failing(self) -> list[str]:
        """Ids of the examples whose tests fail, whatever the gate says of all together."""
        if self.is_draft:
            return []
        return [each.example for each in self.examples if self._fails(each)]

    def _fails(self, example: ShownExample) -> bool:
        record = self.records.get(example.example)
        return bool(example.error) if record is None else record.standing in _FAIL

    @property
    def changed(self) -> list[str]:
        """Names of the suite's parts that are others than in the search that is shown."""
        if self.search is None or self.shown is None:
            return []
        then, now = self.search.parts, self.shown.parts
        return [name for name, digest in now.items() if then.get(name) != digest]

    @property
    def found_is_tested(self) -> bool:
        """Whether the latest search found the genome that was tested."""
        return self._is_tested(self.search.found) if self.search else False

    def _is_tested(self, place: int) -> bool:
        if self.search is None or self.shown is None:
            return False
        return Genome(self.search.tried[place].genome) == Genome(self.shown.genome)

    def names(self) -> dict[int, str]:
        """Returns what the genomes of the search are called that have a name, by their places."""
        if self.search is None:
            return {}
        search = self.search
        names = {search.before: BEFORE}
        if self._is_tested(search.before):
            names = {search.before: self.tested}
        if search.found != search.before:
            names[search.found] = self.tested if self.found_is_tested else "found"
        beside = [row.tried for row in search.rows if row.tried not in names]
        return {**names, **{place: str(number) for number, place in enumerate(beside, 1)}}

    def cell(self, column: str, example: str) -> Cell | None:
        """Returns what a genome beside the tested one did on an example, if it is known."""
        columns = self.shown.columns if self.shown else ()
        found = next((each for each in columns if each.name == column), None)
        return found.cells.get(example) if found else None


def suites_of(
    records: Sequence[Record],
    shown: Iterable[ShownExample | ShownSuite],
    *,
    was_searched: bool = False,
) -> list[SuiteData]:
    """Returns what is known of all suites, sorted by lock and name.

    Args:
        records: The verdicts.
        shown: What tests have shown, in any order, some of it twice.
        was_searched: Whether the run has searched for each suite.
    """
    suites: dict[tuple[str, str], ShownSuite] = {}
    examples: dict[tuple[str, str], dict[str, ShownExample]] = {}
    for each in shown:
        key = (each.lock, each.suite)
        if isinstance(each, ShownSuite):
            suites.setdefault(key, each)
        else:
            examples.setdefault(key, {})[each.example] = each
    judged: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        judged.setdefault((record.facts.lock, record.facts.suite), []).append(record)
    return [
        _suite(
            key,
            judged.get(key, []),
            suites.get(key),
            examples.get(key, {}),
            was_searched=was_searched,
        )
        for key in sorted({*suites, *examples, *judged})
    ]


def _suite(
    key: tuple[str, str],
    records: list[Record],
    shown: ShownSuite | None,
    examples: dict[str, ShownExample],
    *,
    was_searched: bool,
) -> SuiteData:
    lock, name = key
    path = record_path(Path(lock).parent / PRIVATE, name)
    search = read_record(path)
    report = next(iter(RunReport.of(records, was_searched=was_searched).suites), None)
    gates = [record for record in records if isinstance(record, GateRecord)]
    return SuiteData(
        name=name,
        lock=lock,
        report=report,
        gate=gates[-1] if gates else None,
        shown=shown,
        examples=tuple(sorted(examples.values(), key=lambda each: (each.place, each.example))),
        records={
            line(record.example): record for record in records if isinstance(record, ExampleRecord)
        },
        search=search if search and (shown is None or _is_about(search, shown)) else None,
        searched_at=search.ended if search else 0.0,
    )


def _is_about(search: SearchRecord, shown: ShownSuite) -> bool:
    """Whether a search began with the tested genome or found it: another branch has another."""
    ends = (search.tried[place].genome for place in (search.before, search.found))
    return any(Genome(genome) == Genome(shown.genome) for genome in ends)
