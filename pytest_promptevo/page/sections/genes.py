"""Genes: what they are now and were before, and what their values brought in the search."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.text import counted
from pytest_promptevo.fitness import mean_interval
from pytest_promptevo.improve.search_record import LARGEST
from pytest_promptevo.page.room import Room, size_of
from pytest_promptevo.page.sections.axis import Axis, Whisker
from pytest_promptevo.page.shown import BEFORE
from pytest_promptevo.page.texts import changed, line, value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.base.word_diff import Part
    from pytest_promptevo.improve.search_record import Tried
    from pytest_promptevo.page.sections.data import SuiteData

_MOST_VALUES = 8
"""Values of a gene that are shown; of more numbers, so many ranges."""

_MOST_GENES = 40

_MARKUP, _OF_PART = 130, 11
"""Bytes of the markup of a gene, and of a part that changed."""


@dataclass(frozen=True)
class GeneRow:
    """A gene of the tested genome.

    Attributes:
        name: Its name.
        now: Its value.
        before: Its value in the genome that was replaced; None where it is the same.
        parts: Both as one text; nothing where they are shown apart.
        origin: How its text came to be, where a search has made it.
    """

    name: str
    now: str
    before: str | None
    parts: list[Part]
    origin: str = ""


@dataclass(frozen=True)
class ValueRow:
    """A value of a gene in the search.

    Attributes:
        value: The value.
        n: Number of genomes that had it.
        told: Their mean fitness with its interval.
        whisker: The same on the axis.
        is_now: Whether the found genome has it.
        is_before: Whether the old one has it.
    """

    value: str
    n: int
    told: str
    whisker: Whisker
    is_now: bool
    is_before: bool


@dataclass(frozen=True)
class GeneEffect:
    """A gene's values in the search, the best first."""

    name: str
    rows: list[ValueRow]
    more: int


@dataclass(frozen=True)
class Genes:
    """The genes of a suite.

    Attributes:
        rows: The genes, those that changed first.
        effects: What their values brought, those first that mattered most.
        ticks: The axis of the effects.
        more: Number of genes that are left out.
    """

    rows: list[GeneRow]
    effects: list[GeneEffect]
    ticks: list[tuple[float, str]]
    more: int = 0


def genes_of(suite: SuiteData, room: Room | None = None) -> Genes | None:
    """Returns the genes of a suite, where its genome is known.

    Args:
        suite: The suite.
        room: What they may take of the page.
    """
    room = room or Room()
    if suite.shown is None:
        return None
    before = next((each.genome for each in suite.shown.columns if each.name == BEFORE), {})
    origins = suite.shown.locked.origins if suite.shown.locked else {}
    rows = [
        replace(_gene(name, now, before, room.letters), origin=line(origins.get(name, ""), 400))
        for name, now in suite.shown.genome.items()
    ]
    rows.sort(key=lambda row: row.before is None)
    groups = _groups(suite)
    ends = [end for values in groups.values() for _, _, _, *ends in values for end in ends]
    axis = Axis.over(ends)
    effects = [_effect(suite, name, values, axis) for name, values in groups.items()]
    fitting = _fitting(rows[:_MOST_GENES], room.genes)
    return Genes(
        fitting, effects if room.has_pictures else [], axis.ticks, len(rows) - len(fitting)
    )


def _fitting(rows: Sequence[GeneRow], left: int) -> list[GeneRow]:
    """Returns the rows that there is room for."""
    fitting = []
    for row in rows:
        texts = [part.text for part in row.parts] or [row.now, row.before or ""]
        left -= _MARKUP + size_of([row.name, row.origin, *texts]) + _OF_PART * len(row.parts)
        if left < 0:
            break
        fitting.append(row)
    return fitting


def _gene(name: str, now: Any, before: dict[str, Any], most: int) -> GeneRow:
    old = before.get(name, now)
    text = value(now, most)
    if old == now:
        return GeneRow(line(name, 60), text, None, [])
    is_text = isinstance(old, str) and isinstance(now, str)  # digits of numbers are no words
    return GeneRow(
        line(name, 60), text, value(old, most), changed(value(old, most), text) if is_text else []
    )


_Group = tuple[Any, list["Tried"], float, float, float]
"""A value or a range of values, the genomes that had it, and their mean with its interval."""


def _groups(suite: SuiteData) -> dict[str, list[_Group]]:
    """Returns the values of each gene that varied, the genes that mattered most first."""
    if suite.search is None:
        return {}
    tried = suite.search.tried
    names = [name for name in tried[suite.search.found].genome if _varies(tried, name)]
    groups = {name: _by_value(tried, name) for name in names[:_MOST_GENES]}

    # How far the means of values lie apart that several genomes had.
    def spread(name: str) -> float:
        means = [mean for _, had, mean, _, _ in groups[name] if len(had) > 1]
        return max(means) - min(means) if len(means) > 1 else -1.0

    return {name: groups[name] for name in sorted(groups, key=spread, reverse=True)}


def _varies(tried: Sequence[Tried], name: str) -> bool:
    first = tried[0].genome.get(name)
    return any(each.genome.get(name) != first for each in tried)


def _by_value(tried: Sequence[Tried], name: str) -> list[_Group]:
    values = [each.genome.get(name) for each in tried]
    label = _labels(name, values)
    had: dict[str, list[Tried]] = defaultdict(list)
    for each, given in zip(tried, values, strict=True):
        had[label(given)].append(each)
    groups = []
    for text, genomes in had.items():
        mean = mean_interval([each.adjusted for each in genomes])
        low, high = (mean.low, mean.high) if mean.n > 2 else (mean.mean, mean.mean)
        groups.append((text, genomes, mean.mean, low, high))
    return sorted(groups, key=lambda group: -group[2])


def _labels(name: str, values: Sequence[Any]) -> Any:
    """Returns what makes a label of a value: few-shot examples are counted, many numbers ranged."""
    if name == "shots" and all(isinstance(each, list) for each in values):
        return lambda given: counted(len(given), "few-shot example")
    numbers = sorted({each for each in values if _is_number(each)})
    if len(numbers) <= _MOST_VALUES or len(numbers) < len(set(map(canonical_json, values))):
        return lambda given: line(value(given), 120)
    count = _MOST_VALUES // 2
    edges = [numbers[len(numbers) * at // count] for at in range(count)]

    def ranged(given: Any) -> str:
        at = sum(given >= edge for edge in edges) - 1
        last = [each for each in numbers if at + 1 == count or each < edges[at + 1]][-1]
        return f"{edges[at]:g} to {last:g}"

    return ranged


def _is_number(given: Any) -> bool:
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    return is_number and abs(given) <= LARGEST


def _effect(suite: SuiteData, name: str, groups: Sequence[_Group], axis: Axis) -> GeneEffect:
    rows = []
    for text, had, mean, low, high in groups[:_MOST_VALUES]:
        told = f"{mean:.3f} [{low:.3f}, {high:.3f}]" if len(had) > 2 else f"{mean:.3f}"
        search = suite.search
        rows.append(
            ValueRow(
                value=text,
                n=len(had),
                told=told,
                whisker=axis.whisker(mean, low, high),
                is_now=search is not None and search.tried[search.found] in had,
                is_before=search is not None and search.tried[search.before] in had,
            )
        )
    return GeneEffect(line(name, 60), rows, len(groups) - len(rows))
