"""Breeds children, by the operators that have paid off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.operator_bandit import OperatorBandit
from pytest_promptevo.evolve.operators import crossover, mutate

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.random import Generator

    from pytest_promptevo.evolve.protocol import Screen
    from pytest_promptevo.evolve.racing.tuning import Tuning
    from pytest_promptevo.genome import Genome, SearchSpace

SHARES = {"mutate best": 0.35, "mutate elite": 0.35, "cross": 0.15, "cross and mutate": 0.15}
"""Operators, and how often each one is used as long as nothing is known."""


_TRIES = 2
"""Children that are bred at most for each one that is wanted: many are old acquaintances."""

_MOST_MET = 20_000
"""Children that are remembered at most: a long search breeds a hundred for each race."""


class Breeder:
    """Makes children of the best genomes.

    Args:
        space: The genes that may vary.
        tuning: How many candidates, how bold the mutations.
        rng: Source of chance.
        screen: Returns those of some children that are worth an evaluation.

    Attributes:
        bandit: Knows which operators have paid off.
    """

    def __init__(
        self,
        space: SearchSpace,
        tuning: Tuning,
        rng: Generator,
        screen: Screen = lambda children: children,
    ) -> None:
        self.bandit = OperatorBandit(SHARES)
        self._space = space
        self._tuning = tuning
        self._rng = rng
        self._screen = screen
        # Equal children are one object, so that looking them up compares nothing.
        self._met: dict[Genome, Genome] = {}

    def children(
        self, best: Genome, elite: Sequence[Genome], seen: Container[Genome]
    ) -> dict[Genome, str]:
        """Returns unseen children of the best genome and the elite, with their operators."""
        made: dict[Genome, str] = {}
        if len(self._met) > _MOST_MET:
            self._met.clear()
        for operator in self.bandit.choose(_TRIES * self._tuning.candidates, self._rng):
            child = self._bred(operator, best, elite)
            child = self._met.setdefault(child, child)
            if child not in seen:
                made.setdefault(child, operator)
            if len(made) == self._tuning.candidates:
                break
        return {child: made[child] for child in self._screen(list(made))}

    def _bred(self, operator: str, best: Genome, elite: Sequence[Genome]) -> Genome:
        if operator == "mutate best":
            return self._mutated(best)
        first, second = self._one_of(elite), self._one_of(elite)
        if operator == "mutate elite":
            return self._mutated(first)
        child = crossover(
            self._space, best if self._rng.random() < 0.5 else first, second, self._rng
        )
        return self._mutated(child) if operator == "cross and mutate" else child

    def _mutated(self, genome: Genome) -> Genome:
        genes = 1 + (self._rng.random() < 0.5)
        return mutate(self._space, genome, self._rng, genes, jump=self._tuning.jump)

    def _one_of(self, genomes: Sequence[Genome]) -> Genome:
        return genomes[int(self._rng.random() * len(genomes))]
