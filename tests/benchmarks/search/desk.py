"""Pays for evaluations on behalf of baselines, with the books that `evolve` keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.ledger import Ledger
from pytest_promptevo.evolve.operators import strangers
from pytest_promptevo.fitness import Scored

if TYPE_CHECKING:
    from pytest_promptevo.genome import Genome

    from .replay import Replay

START = 12
"""Genomes that every method starts from; `classic` draws the same ones."""


class BudgetSpent(Exception):
    """The next evaluation would be one too many."""


class Settled(Exception):
    """The recommended genome is the best one of the whole table as the search sees it."""


class Desk:
    """Scores genomes for a method that is not one of `evolve`'s strategies.

    Args:
        replay: The search's table.
        budget: Most calls.

    Attributes:
        ledger: Scores, calls and the recommended genome: the best one with a score on
            every example.
        examples: Number of examples.
    """

    def __init__(self, replay: Replay, budget: int) -> None:
        self._replay = replay
        self._budget = budget
        self._objectives = replay.table.objectives
        self.space = replay.table.space
        self.examples = len(replay.examples)
        self.ledger = Ledger(replay.table.initial, self.examples, self._objectives)

    def start(self) -> list[Genome]:
        """Returns the genomes to start from, the initial one first."""
        rng = np.random.default_rng(self._replay.seed)
        return strangers(self.space, self._replay.table.initial, START, rng)

    def fitness(self, genome: Genome, index: int) -> float:
        """Returns the fitness on one example; what has been evaluated before is free.

        Raises:
            BudgetSpent: if nothing is left of the budget.
        """
        if not self.ledger.has(genome, index):
            if self.ledger.calls >= self._budget:
                raise BudgetSpent
            example = self._replay.examples[index]
            score = self._replay.score(genome, example)
            self.ledger.add(genome, index, Scored(score), self._replay.cost(genome, example, score))
        return self._objectives.fitness(self.ledger.scored(genome, index).score)

    def settle(self) -> None:
        """Ends a trial: a genome that is complete now may become the recommended one.

        Raises:
            Settled: if none can replace it any more, so that nothing is left to measure.
        """
        self.ledger.settle()
        if self._replay.is_best(self._replay.table.numbers[self.ledger.recommended]):
            raise Settled
