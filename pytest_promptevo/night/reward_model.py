"""Expects a reward of genomes that nobody has paid for, and says whether that may be relied on.

It is the search's own surrogate (`evolve.racing.surrogate`), taught before the search begins: by
what earlier searches saw on golden examples, and by production. Genomes count here, requests
hardly: what a genome does on a few examples says more than thousands of requests of another one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve.racing.effects import two_way
from pytest_promptevo.evolve.racing.surrogate import Surrogate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.random import Generator

    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.night.evidence import Searched, Served

FEWEST = 20
"""Genomes without which nothing is screened."""

LEAST_RECALL = 0.8
"""Share of the best quarter that must be kept, or nothing is screened."""

UNSEEN = 0.1
"""Share of the children that pass whatever is expected of them."""

_BEST = 0.25
_MISMATCH = 0.05
"""Standard deviation of what production and golden examples tell apart of a genome."""


@dataclass(frozen=True)
class Keep:
    """Which children are kept.

    Attributes:
        share: The better part of them, by rank.
        above: If given, those that are expected to get more reward than this instead.

    Raises:
        SettingsError: if it keeps nothing or everything by definition.
    """

    share: float = 0.5
    above: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise SettingsError(f"keep: {self.share!r} is no share between 0 and 1")
        if self.above is not None and not 0 < self.above < 1:
            raise SettingsError(f"above: {self.above!r} is no reward between 0 and 1")

    def of(self, expected: np.ndarray) -> np.ndarray:
        """Returns which of some genomes are kept."""
        if self.above is not None:
            return expected > self.above
        kept = np.zeros(len(expected), dtype=bool)
        kept[np.argsort(-expected, kind="stable")[: math.ceil(self.share * len(expected))]] = True
        return kept


class RewardModel:
    """The expected reward of genomes.

    Args:
        space: The genes that may vary.
        keep: Which children `screen` keeps.

    Attributes:
        genomes: Number of genomes that it has learnt from.
        recall: Which share of the best quarter of them is kept if each is predicted from the
            others alone; None before there are `FEWEST`.
    """

    def __init__(self, space: SearchSpace, keep: Keep | None = None) -> None:
        self._surrogate = Surrogate(space)
        self._keep = keep or Keep()
        self.genomes = 0
        self.recall: float | None = None

    def fit(self, log: Iterable[Served], searches: Iterable[Searched]) -> RewardModel:
        """Learns all that is known; what was learnt before is forgotten.

        Args:
            log: How genomes did in production.
            searches: What earlier searches saw.

        Returns:
            The model itself.
        """
        known = _searched(list(searches))
        known = _with_production(known, list(log))
        self.genomes, self.recall = len(known), None
        if not known:
            return self
        effects = np.array([effect.mean for effect in known.values()])
        variances = np.array([effect.variance for effect in known.values()])
        self._surrogate.fit(list(known), effects, variances)
        if self.genomes >= FEWEST:
            kept = self._keep.of(self._surrogate.left_out())
            best = np.argsort(-effects, kind="stable")[: round(_BEST * self.genomes)]
            self.recall = float(kept[best].mean())
        return self

    @property
    def active(self) -> bool:
        """Whether its predictions may be relied on."""
        return self.recall is not None and self.recall >= LEAST_RECALL

    @property
    def reason(self) -> str:
        """Why children are screened or not, for people."""
        if self.recall is None:
            known = "genome is known" if self.genomes == 1 else "genomes are known"
            return f"off: {self.genomes} {known} from searches and production, {FEWEST} are needed"
        found = (
            f"of the best quarter of {self.genomes} known genomes it keeps {self.recall:.0%} "
            "if each is predicted from the others"
        )
        return f"on: {found}" if self.active else f"off: {found}, {LEAST_RECALL:.0%} are needed"

    def predict(self, genome: Genome) -> float:
        """Returns the expected reward of a genome, in [0, 1]; 0.5 where nothing is known."""
        return float(self.expected([genome])[0])

    def expected(self, genomes: Sequence[Genome]) -> np.ndarray:
        """Returns the expected rewards of genomes, in [0, 1]."""
        if not self.genomes:
            return np.full(len(genomes), 0.5)
        return np.asarray(np.clip(self._surrogate.predict(genomes)[0], 0.0, 1.0))

    def screen(self, children: Sequence[Genome], rng: Generator) -> list[Genome]:
        """Returns the children that are worth an evaluation, in their order; all if it is off.

        It ranks: what is kept is evaluated like any other genome, and nothing is accepted by it.

        Args:
            children: What was bred.
            rng: Draws the tenth that passes unseen.
        """
        if not self.active or not children:
            return list(children)
        passes = rng.random(len(children)) < UNSEEN
        kept = passes | self._keep.of(self.expected(children))
        return [child for child, is_kept in zip(children, kept, strict=True) if is_kept]


@dataclass(frozen=True)
class _Effect:
    """Mean reward of a genome, as far as is known, and the variance of that."""

    mean: float
    variance: float


def _searched(searches: Sequence[Searched]) -> dict[Genome, _Effect]:
    """Returns the effects of genomes on golden examples, as if all had seen all of them."""
    cells: dict[Genome, dict[str, float]] = {}
    for search in searches:
        for genome, rewards in search.rewards.items():
            if rewards:
                cells.setdefault(genome, {}).update(rewards)
    if not cells:
        return {}
    columns = {name: index for index, name in enumerate(sorted(set().union(*cells.values())))}
    table = np.full((len(cells), len(columns)), np.nan)
    for row, rewards in enumerate(cells.values()):
        for name, reward in rewards.items():
            table[row, columns[name]] = reward
    fit = two_way(table)
    pairs = zip(fit.genomes.tolist(), fit.variances.tolist(), strict=True)
    return {genome: _Effect(*pair) for genome, pair in zip(cells, pairs, strict=True)}


def _with_production(
    known: Mapping[Genome, _Effect], log: Sequence[Served]
) -> dict[Genome, _Effect]:
    """Adds production's means, moved to the level of the golden examples.

    Requests are harder or easier than golden examples for all genomes alike: the difference is
    that of the genomes that both have seen. What is left is noise of a genome's own.
    """
    merged = dict(known)
    served = {each.genome: each for each in log if each.n}
    both = [genome for genome in served if genome in known]
    weights = np.array([served[genome].n for genome in both], dtype=float)
    gaps = np.array([served[genome].mean - known[genome].mean for genome in both])
    gap = float(np.average(gaps, weights=weights)) if both else 0.0
    for genome, each in served.items():
        found = _Effect(each.mean - gap, each.variance / each.n + _MISMATCH**2)
        merged[genome] = _combined(merged[genome], found) if genome in merged else found
    return merged


def _combined(one: _Effect, other: _Effect) -> _Effect:
    first, second = (1 / max(each.variance, 1e-6) for each in (one, other))
    mean = (first * one.mean + second * other.mean) / (first + second)
    return _Effect(mean, 1 / (first + second))
