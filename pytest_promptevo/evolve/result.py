"""What comes out of a search, on the way and in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.fitness import Figures, Scored
    from pytest_promptevo.genome import Birth, Genome

INTERRUPTED = "interrupted"
"""Why a search ended that somebody has stopped."""


@dataclass(frozen=True)
class Progress:
    """Where a search stands after a batch of evaluations, or a part of a large one.

    Attributes:
        strategy: Name of the strategy.
        phase: What it is doing, for people.
        generation: Generations begun, the first being 1.
        calls: Model calls spent.
        budget_calls: Most calls, where there is such a bound.
        evaluations: Pairs of genome and example that have a score.
        best_fitness: Mean fitness of the recommended genome over what it has seen.
        elapsed_s: Seconds since the search began.
        proposals: Model calls among these that proposed values.
        tokens: Tokens of what was paid for.
    """

    strategy: str
    phase: str
    generation: int
    calls: int
    budget_calls: int | None
    evaluations: int
    best_fitness: float
    elapsed_s: float
    proposals: int = 0
    tokens: float = 0.0


@dataclass(frozen=True)
class Generation:
    """The population at the end of a generation.

    Attributes:
        generation: Its number, from 1.
        calls: Model calls spent by then.
        best_fitness: Mean fitness of `best` over the examples it has seen.
        mean_fitness: Average of the population's mean fitnesses, each over what it has seen.
        population: Number of genomes.
        best: The genome recommended by then.
    """

    generation: int
    calls: int
    best_fitness: float
    mean_fitness: float
    population: int
    best: Genome


@dataclass(frozen=True)
class Result:
    """What a search found.

    Attributes:
        recommended: The genome to use: among those with a score on every example
            the fittest that keeps all hard limits (the fittest, if none keeps them), and on
            ties the one with the fewest genes changed.
        fitness: Its figures over the examples it has seen.
        keeps_limits: Whether it keeps all hard limits on them.
        front: Genomes no other one beats in quality, latency, tokens and repairs together,
            with their figures.
        calls: Model calls spent, on evaluations and proposals.
        evaluations: Pairs of genome and example that got a score.
        generations: Generations finished.
        stopped: Why the search ended, for people: ``converged``, ``budget``, ``interrupted``, ...
        trace: Every change of the recommended genome with the calls spent by then.
        history: A record for every generation.
        scored: What `evaluate` returned, by genome and index of the example.
        proposals: Model calls among these that proposed values.
        births: Where the texts come from that the search made, by gene and text.
        refused: Why proposed texts were not evaluated, one by one.
        proposal_tokens: Tokens of the proposals.
        tokens: Tokens of the evaluations that cost a call, and of the proposals.
    """

    recommended: Genome
    fitness: Figures
    keeps_limits: bool
    front: tuple[tuple[Genome, Figures], ...]
    calls: int
    evaluations: int
    generations: int
    stopped: str
    trace: tuple[tuple[int, Genome], ...]
    history: tuple[Generation, ...]
    scored: Mapping[Genome, Mapping[int, Scored]] = field(
        default_factory=dict, repr=False, compare=False
    )
    proposals: int = 0
    births: Mapping[str, Mapping[str, Birth]] = field(
        default_factory=dict, repr=False, compare=False
    )
    refused: tuple[str, ...] = ()
    proposal_tokens: float = 0.0
    tokens: float = 0.0
