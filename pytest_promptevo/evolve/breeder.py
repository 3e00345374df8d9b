"""Proposes children: bred by operators, screened by the surrogate while it deserves trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.bandit import OperatorBandit
from pytest_promptevo.evolve.operators import crossover, mutate

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from pytest_promptevo.evolve.strategy import Search
    from pytest_promptevo.evolve.surrogate import Surrogate
    from pytest_promptevo.genome import Genome

SHARES = {"mutate best": 0.35, "mutate elite": 0.35, "cross": 0.15, "cross and mutate": 0.15}
JUMP = 0.3
CANDIDATES = 60
UNSCREENED = 0.2


@dataclass(frozen=True)
class Child:
    genome: Genome
    operator: str
    expected: float


class Breeder:
    def __init__(self, search: Search) -> None:
        self._search = search
        self.bandit = OperatorBandit(SHARES, 1.0)

    def children(self, best: Genome, elite: Sequence[Genome], seen: Container[Genome]) -> dict[Genome, str]:
        made: dict[Genome, str] = {}
        for _ in range(3 * CANDIDATES):
            operator = self.bandit.choose(self._search.rng)
            child = self._bred(operator, best, elite)
            if child not in seen:
                made.setdefault(child, operator)
            if len(made) >= CANDIDATES:
                break
        return made

    def _bred(self, operator: str, best: Genome, elite: Sequence[Genome]) -> Genome:
        rng, space = self._search.rng, self._search.space
        one = elite[int(rng.integers(len(elite)))]
        if operator == "mutate best":
            return self._mutated(best)
        if operator == "mutate elite":
            return self._mutated(one)
        other = elite[int(rng.integers(len(elite)))]
        child = crossover(space, one if rng.random() < .5 else best, other, rng)
        return self._mutated(child) if operator == "cross and mutate" else child

    def _mutated(self, g: Genome) -> Genome:
        rng = self._search.rng
        return mutate(self._search.space, g, rng, int(rng.integers(1, 3)), jump=JUMP)
