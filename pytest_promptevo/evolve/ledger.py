"""The scores of a search, what they cost, and the genome they recommend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Objectives, Score
    from pytest_promptevo.genome import Genome


class Ledger:
    """Every score once, and the sums over them.

    Args:
        initial: The genome to recommend until another one has proved better.
        examples: Number of examples.
        objectives: What makes fitness.

    Attributes:
        calls: Model calls spent.
        tokens: Tokens of the evaluations that cost a call.
        evaluations: Number of scores.
        recommended: Best genome with a score on every example.
        trace: Every recommended genome with the calls spent by then.
    """

    def __init__(self, initial: Genome, examples: int, objectives: Objectives) -> None:
        self.examples = examples
        self.objectives = objectives
        self.calls = 0
        self.tokens = 0.0
        self.evaluations = 0
        self.recommended = initial
        self.trace: list[tuple[int, Genome]] = [(0, initial)]
        self._scores: dict[Genome, dict[int, Score]] = {}
        self._fitness: dict[Genome, np.ndarray] = {}
        self._ranks: dict[Genome, tuple[bool, float]] = {}
        self._fresh: dict[Genome, None] = {}
        self._paid: dict[Genome, int] = {}

    def add(self, genome: Genome, index: int, score: Score, calls: int) -> None:
        """Writes a new score down."""
        self._scores.setdefault(genome, {})[index] = score
        if genome not in self._fitness:
            self._fitness[genome] = np.full(self.examples, np.nan)
        self._fitness[genome][index] = self.objectives.fitness(score)
        self.evaluations += 1
        self.calls += calls
        self._paid[genome] = self.paid(genome) + calls
        if calls:
            self.tokens += score.tokens
        if len(self._scores[genome]) == self.examples:
            self._fresh[genome] = None

    def settle(self) -> None:
        """Looks whether a genome completed since the last time is to be recommended."""
        for genome in self._fresh:
            best = self._ranks.get(self.recommended)
            self._ranks[genome] = self._rank(genome)
            if genome != self.recommended and (best is None or self._ranks[genome] > best):
                self.recommended = genome
                self.trace.append((self.calls, genome))
        self._fresh.clear()

    def has(self, genome: Genome, index: int) -> bool:
        """Whether the genome has a score on the example."""
        return index in self._scores.get(genome, {})

    def score(self, genome: Genome, index: int) -> Score:
        """Returns the genome's score on an example it has seen."""
        return self._scores[genome][index]

    def scores(self, genome: Genome) -> Sequence[Score]:
        """Returns the genome's scores in the order of the examples."""
        seen = self._scores.get(genome, {})
        return [seen[index] for index in sorted(seen)]

    def fitness(self, genome: Genome) -> np.ndarray:
        """Returns the fitness on every example, NaN where there is no score."""
        known = self._fitness.get(genome)
        return np.full(self.examples, np.nan) if known is None else known

    def mean(self, genome: Genome) -> float:
        """Returns the mean fitness over the examples seen; NaN without any."""
        seen = sorted(self._scores.get(genome, {}))
        return float(np.mean(self._fitness[genome][seen])) if seen else float("nan")

    def paid(self, genome: Genome) -> int:
        """Returns the model calls that the genome took."""
        return self._paid.get(genome, 0)

    def complete(self, genome: Genome) -> bool:
        """Whether the genome has a score on every example."""
        return len(self._scores.get(genome, {})) == self.examples

    def rank(self, genome: Genome) -> tuple[bool, float]:
        """Returns what genomes are ordered by: limits kept, then mean fitness."""
        return self._ranks.get(genome) or self._rank(genome)

    def genomes(self) -> Sequence[Genome]:
        """Returns the genomes with any score, in the order in which they were first seen."""
        return list(self._scores)

    def completed(self) -> Sequence[Genome]:
        """Returns the genomes with a score on every example."""
        return [genome for genome in self._scores if self.complete(genome)]

    def _rank(self, genome: Genome) -> tuple[bool, float]:
        return (not self.objectives.breaches(self.scores(genome)), self.mean(genome))
