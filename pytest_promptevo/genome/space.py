"""The search space: the genes that may vary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome.gene import Gene, Value
from pytest_promptevo.genome.genome import Genome

if TYPE_CHECKING:
    from numpy.random import Generator


class SearchSpace(Mapping[str, Gene]):
    """The genes that may vary, by name.

    Raises:
        SettingsError: if there is no gene, or a value that is none.

    Example:
        >>> space = SearchSpace({"instruction": Choice(["Be brief.", "Be exact."]),
        ...                      "temperature": Float(0, 1, step=0.1)})
        >>> space.size
        22.0
    """

    def __init__(self, genes: Mapping[str, Gene]) -> None:
        if not isinstance(genes, Mapping):
            raise SettingsError(f"a search space is a mapping of names to genes, not {genes!r}")
        if not genes:
            raise SettingsError("a search space needs at least one gene")
        for name, gene in genes.items():
            if not isinstance(name, str):
                raise SettingsError(f"the name of a gene must be a text, not {name!r}")
            if not isinstance(gene, Gene):
                like = f"Choice({gene!r})" if isinstance(gene, (list, tuple)) else "Choice([...])"
                raise SettingsError(f"{name}: {gene!r} is no gene; {like} would be one")
        self._genes = dict(genes)
        self._free = tuple(name for name, gene in self._genes.items() if gene.varies)

    def __getitem__(self, name: str) -> Gene:
        return self._genes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._genes)

    def __len__(self) -> int:
        return len(self._genes)

    def __repr__(self) -> str:
        return f"SearchSpace({self._genes!r})"

    @property
    def size(self) -> float:
        """Number of genomes that the search can reach."""
        return float(math.prod(gene.size for gene in self._genes.values()))

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the genes with more than one value."""
        return self._free

    def fresh(self) -> SearchSpace:
        """Returns the space as it is at the start of a search: no text is grown yet."""
        return SearchSpace({name: gene.fresh() for name, gene in self._genes.items()})

    def sample(self, rng: Generator, base: Mapping[str, Value] | None = None) -> Genome:
        """Returns a genome drawn uniformly; genes outside the space come from `base`."""
        drawn = {name: gene.sample(rng) for name, gene in self._genes.items()}
        return Genome({**(base or {}), **drawn})

    def problems(self, genome: Mapping[str, Value]) -> Iterable[str]:
        """Yields what keeps a genome out of the space, a sentence each."""
        for name, gene in self._genes.items():
            if name not in genome:
                yield f"{name}: has no value"
                continue
            try:
                gene.check(genome[name])
            except ValueError as exc:
                yield f"{name}: {exc}"

    def features(self, genome: Mapping[str, Value]) -> list[float]:
        """Returns the genome as numbers, in the order of the genes."""
        made: list[float] = []
        for name, gene in self._genes.items():
            made.extend(gene.features(genome[name]))
        return made
