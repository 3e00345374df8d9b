"""How to search for a suite, and what came of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evaluation.repeats import TEST_DRAW
from pytest_promptevo.evolve import Split, split

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evolve import Budget, Confirmation, Result
    from pytest_promptevo.evolve.protocol import Screen
    from pytest_promptevo.fitness import Gate
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.candidates import Trial
    from pytest_promptevo.improve.interruption import Interruption
    from pytest_promptevo.lock.parts import LockedText
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Plan:
    """How to search.

    Attributes:
        strategy: Name of the strategy.
        seed: Seed of all chance.
        budget: Bounds of baseline, search and test together; None for the strategy's default.
        accepts_inconclusive: Whether to take a genome that was not shown to be better.
        candidates: How many genomes to test as candidates, when the search is over.
        keeps: Whether the old genome stays, whatever is found: that can become a candidate.
        held_out: Ids of the examples that the search does not see; None: half of them by chance.
        barred: Genomes that do not become candidates, whatever the search finds.
        draw: First draw of a test at a temperature above 0 (see `improve.winner`).
        screen: What `evolve` asks which children are worth an evaluation.
        searched: What earlier searches asked (see `improve.searched`); `racing` goes on from it.
        origins: Where the texts of these searches come from, by gene and text.
        interruption: Hears when somebody wants the search to end.
    """

    strategy: str
    seed: int
    budget: Budget | None = None
    accepts_inconclusive: bool = False
    candidates: int = 0
    keeps: bool = False
    held_out: Collection[str] | None = None
    barred: Collection[Genome] = ()
    draw: int = TEST_DRAW
    screen: Screen | None = None
    searched: Mapping[Genome, Collection[str]] = field(default_factory=dict)
    origins: Mapping[str, Mapping[str, LockedText]] = field(default_factory=dict)
    interruption: Interruption | None = None


@dataclass(frozen=True)
class Outcome:
    """What a search did for a suite.

    Attributes:
        before: The genome that it started from.
        after: The genome that is accepted now (the old one, if none was better).
        result: What the search found.
        calls: Calls to models that baseline, search and test needed, whether known or not.
        confirmation: The test on held-out examples, or None if there were too few.
        searched_ids: Ids of the examples that the search saw, in its order.
        unseen_ids: Ids of the held-out examples; empty if there were too few.
        unseen: Gates of the old and the found genome on these examples (on all, where there
            were too few to hold some out); copies of an example count once.
        gate: The gate of `after` on all golden examples.
        accepted: Whether `after` is a new genome.
        reason: Why it was accepted or not.
        evaluations: The evaluations of `before` and `after` of all golden examples.
        measured: Mean measured latency of both on the examples of `unseen`, where those of
            their scores are modelled.
        notes: What else is to be told, a line each.
        trial: The test of candidates, or None without one.
    """

    before: Genome
    after: Genome
    result: Result
    calls: int
    confirmation: Confirmation | None
    unseen_ids: tuple[str, ...]
    unseen: tuple[Gate, Gate]
    gate: Gate
    accepted: bool
    reason: str
    evaluations: Mapping[Genome, Sequence[Evaluation]] = field(repr=False)
    measured: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    trial: Trial | None = None
    searched_ids: tuple[str, ...] = ()

    @property
    def proposes(self) -> bool:
        """Whether candidates are proposed."""
        return self.trial is not None and bool(self.trial.proposed)


def split_of(suite: Suite, plan: Plan) -> tuple[Split, np.random.Generator]:
    """Splits a suite's examples into those that the search sees and those that it does not.

    Returns:
        The examples, and the source of chance to go on with.
    """
    rng = np.random.default_rng([plan.seed, zlib.crc32(suite.name.encode())])
    if plan.held_out is not None:
        held = plan.held_out
        seen = tuple(example for example in suite.examples if example.id not in held)
        parts = Split(seen, tuple(suite.by_id[name] for name in suite.by_id if name in held))
    else:
        calls = plan.budget.calls if plan.budget else None
        parts = split(suite.examples, rng, calls=calls, groups=suite.duplicates.golden)
    return parts.narrowed(rng), rng
