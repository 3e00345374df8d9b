"""How a search begins that earlier searches have taught: with what these could not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.operators import fits
from pytest_promptevo.genome import Choice, FewShot, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.evolve.protocol import Search
    from pytest_promptevo.genome import Genome, Value

PARENTS = 6
"""Known genomes that a new value is tried in, where there is only one."""

MOST = 24
"""Genomes with new values at most: what is left is for breeding to try."""


def first_again(search: Search) -> list[Genome]:
    """Returns the known genomes to go on from, then good ones with values that none has had."""
    ledger = search.ledger
    known = ledger.completed() or ledger.genomes()
    parents = sorted(known, key=ledger.rank, reverse=True)
    made = {search.initial: None, ledger.recommended: None}
    new = list(_new_values(search, ledger.genomes()))[:MOST]
    count = max(1, min(PARENTS, MOST // max(1, len(new))))
    for name, value in new:
        for parent in parents[:count]:
            put = _put(search, name, value, parent)
            if fits(search.space[name], put):  # the shipped genome may be outside of the space
                made[parent.with_(**{name: put})] = None
    return list(made)


def _new_values(search: Search, known: Sequence[Genome]) -> Iterator[tuple[str, Value]]:
    """Yields genes with choices, texts or few-shot examples that no known genome has."""
    for name in search.space.free:
        gene = search.space[name]
        if isinstance(gene, Choice):
            had = {genome[name] for genome in known}
            yield from ((name, value) for value in gene.options if value not in had)
        elif isinstance(gene, Text):
            said = {genome[name] for genome in known}
            yield from ((name, text) for text in gene.texts if text not in said)
        elif isinstance(gene, FewShot):
            shown = {shot for genome in known for shot in genome[name]}
            yield from ((name, shot) for shot in gene.pool if shot not in shown)


def _put(search: Search, name: str, value: Value, parent: Genome) -> Value:
    gene = search.space[name]
    if not isinstance(gene, FewShot):
        return value
    others = [shot for shot in parent[name] if shot in gene.pool]
    return (value, *others)[: gene.max]
