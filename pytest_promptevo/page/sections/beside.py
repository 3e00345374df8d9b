"""The numbered genomes: the next best of the latest search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.page.texts import line, value

if TYPE_CHECKING:
    from pytest_promptevo.page.sections.data import SuiteData

_MOST_GENES = 12


@dataclass(frozen=True)
class BesideRow:
    """A genome of the search.

    Attributes:
        name: Its number.
        fitness: Its mean fitness with its interval, on the search's examples.
        quality: Its mean quality.
        latency: Its mean latency in milliseconds.
        tokens: Its mean tokens.
        keeps_limits: Whether it keeps the hard limits.
        genes: The genes in which it differs from the found genome, with their values.
    """

    name: str
    fitness: str
    quality: str
    latency: str
    tokens: str
    keeps_limits: bool
    genes: list[tuple[str, str]]


def beside_of(suite: SuiteData) -> list[BesideRow]:
    """Returns the numbered genomes, in their order."""
    search = suite.search
    if search is None:
        return []
    found = search.tried[search.found].genome
    rows = []
    for place, name in suite.names().items():
        if not name.isdecimal():
            continue
        tried = search.tried[place]
        mean, low, high = tried.fitness
        others = [(gene, now) for gene, now in tried.genome.items() if found.get(gene) != now]
        rows.append(
            BesideRow(
                name=name,
                fitness=f"{mean:.3f} [{low:.3f}, {high:.3f}]",
                quality=f"{tried.quality[0]:.3f}",
                latency=f"{tried.latency_ms[0]:,.0f}",
                tokens=f"{tried.tokens[0]:,.0f}",
                keeps_limits=tried.keeps_limits,
                genes=[(line(gene, 60), line(value(now))) for gene, now in others[:_MOST_GENES]],
            )
        )
    return rows
