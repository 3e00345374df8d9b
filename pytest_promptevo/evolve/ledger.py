"""What a search has seen, what that cost, and the genome it recommends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.fitness import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.fitness import Objectives, Score, Scored
    from pytest_promptevo.genome import Genome


class Ledger:
    """Every score once, and the sums over them.

    Args:
        initial: The genome to recommend until another one has proved better.
        examples: Number of examples.
        objectives: What makes fitness.

    Attributes:
        calls: Model calls spent, on evaluations and proposals.
        proposals: Model calls among these that proposed values.
        tokens: Tokens of the evaluations that cost a call, and of the proposals.
        proposal_tokens: Tokens of the proposals among these.
        evaluations: Number of scores that were asked for.
        recommended: Best genome with a score on every example.
        trace: Every recommended genome with the calls spent by then.
    """

    def __init__(self, initial: Genome, examples: int, objectives: Objectives) -> None:
        self._initial = initial
        self.examples = examples
        self.objectives = objectives
        self.calls = 0
        self.proposals = 0
        self.tokens = 0.0
        self.proposal_tokens = 0.0
        self.evaluations = 0
        self.recommended = initial
        self.trace: list[tuple[int, Genome]] = [(0, initial)]
        self._scored: dict[Genome, dict[int, Scored]] = {}
        self._fitness: dict[Genome, np.ndarray] = {}
        self._vectors: dict[Genome, np.ndarray] = {}
        self._ranks: dict[Genome, tuple[bool, float]] = {}
        self._fresh: dict[Genome, None] = {}
        self._paid: dict[Genome, int] = {}

    def add(self, genome: Genome, index: int, scored: Scored, calls: int) -> None:
        """Writes down what an evaluation brought and cost."""
        self.know(genome, index, scored)
        self.evaluations += 1
        self.calls += calls
        self._paid[genome] = self.paid(genome) + calls
        if calls:
            self.tokens += scored.score.tokens

    def know(self, genome: Genome, index: int, scored: Scored) -> None:
        """Writes down a score that is there without an evaluation."""
        self._scored.setdefault(genome, {})[index] = scored
        if genome not in self._fitness:
            self._fitness[genome] = np.full(self.examples, np.nan)
            self._vectors[genome] = np.full((len(NAMES), self.examples), np.nan)
        self._fitness[genome][index] = self.objectives.fitness(scored.score)
        self._vectors[genome][:, index] = scored.score.vector()
        if len(self._scored[genome]) == self.examples:
            self._fresh[genome] = None

    def add_proposal(self, calls: int, tokens: float) -> None:
        """Writes down what a proposal cost."""
        self.calls += calls
        self.proposals += calls
        self.tokens += tokens
        self.proposal_tokens += tokens

    def settle(self) -> None:
        """Looks whether a genome completed since the last time is to be recommended."""
        for genome in self._fresh:
            best = self._ranks.get(self.recommended)
            self._ranks[genome] = self._rank(genome)
            if genome != self.recommended and (best is None or self._ranks[genome] > best):
                self.recommend(genome)
        self._fresh.clear()

    def recommend(self, genome: Genome) -> None:
        """Recommends a genome from now on."""
        self.recommended = genome
        self.trace.append((self.calls, genome))

    def simplest(self) -> Genome:
        """Returns the recommended genome or, of those as good, the one nearest to `initial`.

        As good are genomes with a score on every example, the same rank, and the same mean
        but for rounding. The nearest has the fewest genes changed, and came first.
        """
        kept, mean = self.rank(self.recommended)
        if not self.complete(self.recommended):
            return self.recommended
        equal = [
            genome
            for genome in self.completed()
            if self.rank(genome)[0] == kept
            and math.isclose(self.rank(genome)[1], mean, rel_tol=1e-12, abs_tol=1e-12)
        ]
        return min([self.recommended, *equal], key=self._changed)

    def has(self, genome: Genome, index: int) -> bool:
        """Whether the genome has a score on the example."""
        return index in self._scored.get(genome, {})

    def scored(self, genome: Genome, index: int) -> Scored:
        """Returns the genome's score and feedback on an example it has seen."""
        return self._scored[genome][index]

    def everything(self) -> Mapping[Genome, Mapping[int, Scored]]:
        """Returns all scores and feedback by genome and index of the example."""
        return self._scored

    def scores(self, genome: Genome) -> Sequence[Score]:
        """Returns the genome's scores in the order of the examples."""
        seen = self._scored.get(genome, {})
        return [seen[index].score for index in sorted(seen)]

    def fitness(self, genome: Genome) -> np.ndarray:
        """Returns the fitness on every example, NaN where there is no score."""
        known = self._fitness.get(genome)
        return np.full(self.examples, np.nan) if known is None else known

    def objective(self, name: str, genomes: Sequence[Genome]) -> np.ndarray:
        """Returns an objective of genomes that were seen (rows) on every example, NaN for gaps."""
        row = NAMES.index(name)
        return np.array([self._vectors[genome][row] for genome in genomes])

    def mean(self, genome: Genome) -> float:
        """Returns the mean fitness over the examples seen; NaN without any."""
        seen = sorted(self._scored.get(genome, {}))
        return float(np.mean(self._fitness[genome][seen])) if seen else float("nan")

    def paid(self, genome: Genome) -> int:
        """Returns the model calls that the genome took."""
        return self._paid.get(genome, 0)

    def complete(self, genome: Genome) -> bool:
        """Whether the genome has a score on every example."""
        return len(self._scored.get(genome, {})) == self.examples

    def rank(self, genome: Genome) -> tuple[bool, float]:
        """Returns what genomes are ordered by: limits kept, then mean fitness."""
        return self._ranks.get(genome) or self._rank(genome)

    def genomes(self) -> Sequence[Genome]:
        """Returns the genomes with any score, in the order in which they were first seen."""
        return list(self._scored)

    def completed(self) -> Sequence[Genome]:
        """Returns the genomes with a score on every example."""
        return [genome for genome in self._scored if self.complete(genome)]

    def _changed(self, genome: Genome) -> int:
        return sum(genome.get(name) != value for name, value in self._initial.items())

    def _rank(self, genome: Genome) -> tuple[bool, float]:
        return (not self.objectives.breaches(self.scores(genome)), self.mean(genome))
