"""What a strategy sees of a search, and how it asks for evaluations and proposals.

A strategy is a generator function of one `Search`: it yields steps, receives what came of
each, and returns the reason why it stopped. It is closed where it stands when the budget
is spent. Of an `Evaluate` come the `Scored` of its jobs, in their order; of a `Propose`
comes a `Proposal`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pytest_promptevo.evolve.result import Generation
from pytest_promptevo.fitness import Feedback, Scored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.genome import Genome, SearchSpace, Value


class Job(NamedTuple):
    """One evaluation: a genome on the example at an index."""

    genome: Genome
    example: int


@dataclass(frozen=True)
class Evaluate:
    """A step: score these jobs.

    Attributes:
        jobs: What to score; a job that has a score is not evaluated again.
    """

    jobs: Sequence[Job]


class Lesson(NamedTuple):
    """What a proposer may learn from: an example's index, and what came out there."""

    example: int
    feedback: Feedback


@dataclass(frozen=True)
class Propose:
    """A step: find new values of a gene.

    Attributes:
        gene: Name of the gene.
        parent: The genome whose value is to be improved.
        lessons: What the parent did on some examples; for ``contrast`` those where it is worse
            than the other genome.
        count: How many values are wanted.
        operator: What is wanted: one of `evolve.names.OPERATORS`.
        kept: What is to stay as it is: what the parent did well, for ``contrast`` what the
            other genome did where the parent is better.
        other: For ``contrast``, the other genome.
        tokens: Most tokens that it may take; where it would take more, nothing is to be asked.
    """

    gene: str
    parent: Genome
    lessons: tuple[Lesson, ...] = ()
    count: int = 1
    operator: str = "reflect"
    kept: tuple[Lesson, ...] = ()
    other: Genome | None = None
    tokens: float = math.inf


@dataclass(frozen=True)
class Proposal:
    """What came of a `Propose`.

    Attributes:
        values: New values, fewer than wanted (or none) where no better ones were found.
        calls: Model calls that it took, counted like those of an evaluation.
        tokens: Prompt and completion tokens of these calls.
        diagnoses: What was found to be wrong with the parent, by value; may be left out.
        problem: Why there is no value, where something came that cannot be used.
    """

    values: tuple[Value, ...]
    calls: int = 0
    tokens: float = 0.0
    diagnoses: tuple[str, ...] = ()
    problem: str = ""


Screen = Callable[[Sequence["Genome"]], Sequence["Genome"]]
"""Takes children; returns those that are worth an evaluation, in their order."""

Step = Evaluate | Propose
Outcome = list[Scored] | Proposal
Steps = Generator[Step, Outcome, str]


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
        screen: Returns those of some children that are worth an evaluation.
        phase: What the strategy is doing, for people.
        generation: Number of the current generation, from 1.
        history: Records of the finished generations.
        refused: Why proposed texts were not evaluated, one by one.
        proposes: Whether there is somebody who proposes texts.
    """

    space: SearchSpace
    initial: Genome
    examples: int
    rng: np.random.Generator
    ledger: Ledger
    left: Callable[[], float] = lambda: math.inf
    screen: Screen = lambda children: children
    phase: str = "start"
    generation: int = 0
    history: list[Generation] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    proposes: bool = False

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

    def on_all_examples(self, genomes: Iterable[Genome]) -> Evaluate:
        """Returns the step that scores genomes on every example, genome by genome."""
        indices = range(self.examples)
        return Evaluate([Job(genome, index) for genome in genomes for index in indices])


Strategy = Callable[[Search], Steps]
