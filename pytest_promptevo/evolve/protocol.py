"""What a strategy sees of a search, and how it asks for evaluations.

A strategy is a generator function of one `Search`: it yields batches of jobs, receives
their scores in the same order, and returns the reason why it stopped. It is closed
where it stands when the budget is spent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pytest_promptevo.evolve.result import Generation
from pytest_promptevo.fitness import Score

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.genome import Genome, SearchSpace


class Job(NamedTuple):
    """One evaluation: a genome on the example at an index."""

    genome: Genome
    example: int


@dataclass
class Search:
    """One search as its strategy sees it.

    Attributes:
        space: The genes that may vary.
        initial: The shipped genome; its values outside the space go into every child.
        examples: Number of examples.
        rng: The only source of chance.
        ledger: The scores so far (read only for strategies).
        left: Returns how many more evaluations the budget surely pays for.
        phase: What the strategy is doing, for people.
        generation: Number of the current generation, from 1.
        history: Records of the finished generations.
    """

    space: SearchSpace
    initial: Genome
    examples: int
    rng: np.random.Generator
    ledger: Ledger
    left: Callable[[], float] = lambda: math.inf
    phase: str = "start"
    generation: int = 0
    history: list[Generation] = field(default_factory=list)

    def begin(self) -> None:
        """Starts the next generation."""
        self.generation += 1
        self.phase = f"generation {self.generation}"

    def close(self, population: Sequence[Genome]) -> None:
        """Writes the record of the current generation."""
        means = [self.ledger.mean(genome) for genome in population]
        best = self.ledger.recommended
        self.history.append(
            Generation(
                generation=self.generation,
                calls=self.ledger.calls,
                best_fitness=self.ledger.mean(best),
                mean_fitness=float(np.mean(means)),
                population=len(means),
                best=best,
            )
        )

    def all_examples(self, genomes: Iterable[Genome]) -> list[Job]:
        """Returns the jobs that score genomes on every example, genome by genome."""
        return [Job(genome, index) for genome in genomes for index in range(self.examples)]


Strategy = Callable[[Search], Generator[list[Job], list[Score], str]]
