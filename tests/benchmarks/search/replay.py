"""Replays a table to a search: the same split, draws and books for every method."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve import split

if TYPE_CHECKING:
    from pytest_promptevo.fitness import Score
    from pytest_promptevo.genome import Genome

    from .tables import Table


class Replay:
    """One search over a table.

    The seed decides which half of the examples the search sees, and which replicate of
    each request at a temperature above 0 it draws; requests that differ in max_tokens
    alone draw the same one.

    Args:
        table: The table; one of fewer than 16 examples is not split.
        seed: Seed of the split and of the draws.
        free: Whether an answer that the search has seen serves every request that it can;
            else every new pair of genome and example is a call for each turn.
    """

    def __init__(self, table: Table, seed: int, *, free: bool = True) -> None:
        self.table = table
        self.seed = seed
        parts = split(range(len(table.examples)), seed)
        self.examples: tuple[int, ...] = parts.search
        self.held_out: tuple[int, ...] = parts.confirm or parts.search
        self._free = free
        self._limits = [genome.get("max_tokens") for genome in table.genomes]
        keys = int(table.answers.keys.max()) + 1
        replicates = len(table.scores)
        self._draws = np.random.default_rng([seed, 70]).integers(replicates, size=keys)
        self._seen: dict[int, list[int]] = {}
        """Key to the limits that answers seen serve: a limit L >= 0 means L alone, and
        -L - 1 means L and more."""

    def score(self, genome: Genome, example: int) -> Score:
        """Returns what the genome scores on the example at that place of the table."""
        number = self.table.numbers[genome]
        return self.table.score(self.replicate(number, example), number, example)

    def cost(self, genome: Genome, example: int, _score: Score) -> int:
        """Returns the calls of an evaluation, and remembers its answers."""
        number = self.table.numbers[genome]
        asked = self.table.asked[self.replicate(number, example), number, example]
        turns = [int(answer) for answer in asked if answer >= 0]
        if not self._free:
            return len(turns)
        return sum(self._paid(answer, self._limits[number]) for answer in turns)

    @cached_property
    def values(self) -> np.ndarray:
        """True fitness of every genome on the examples that the search sees.

        Minus infinity stands for genomes that break a hard limit.
        """
        return self.table.kept_values(self.examples)

    @cached_property
    def held_out_values(self) -> np.ndarray:
        """True fitness of every genome on the examples that the search never sees."""
        return self.table.values(self.held_out)

    def observed(self, number: int) -> float:
        """Returns the mean fitness of a genome as this search sees it."""
        fitness = self.table.fitness
        cells = [fitness[self.replicate(number, each), number, each] for each in self.examples]
        return float(np.mean(cells))

    def is_best(self, number: int) -> bool:
        """Whether no genome of the table can replace this one, as this search sees it."""
        kept, means = self._ranks
        rivals = means[kept] if kept.any() else means
        return bool(kept[number] or not kept.any()) and means[number] >= rivals.max() - 1e-12

    @cached_property
    def _ranks(self) -> tuple[np.ndarray, np.ndarray]:
        kept, means = [], []
        for number, genome in enumerate(self.table.genomes):
            scores = [self.score(genome, example) for example in self.examples]
            kept.append(not self.table.objectives.breaches(scores))
            means.append(self.observed(number))
        return np.array(kept), np.array(means)

    def replicate(self, number: int, example: int) -> int:
        """Returns which draw of a genome's answer on an example this search sees."""
        first = int(self.table.asked[0, number, example, 0])
        return 0 if first < 0 else int(self._draws[self.table.answers.keys[first]])

    def _paid(self, answer: int, limit: int | None) -> bool:
        """Whether an answer costs a call; by the rule of `Recording.serves`."""
        answers = self.table.answers
        seen = self._seen.setdefault(int(answers.keys[answer]), [])
        wanted = _endless(limit)
        if any(wanted == one if one >= 0 else wanted >= -one - 1 for one in seen):
            return False
        seen.append(wanted)
        if answers.stopped[answer]:
            seen.append(-int(answers.lengths[answer]) - 1)
        return True


def _endless(limit: int | None) -> int:
    return 2**31 if limit is None else limit
