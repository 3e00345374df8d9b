"""From a suite that fails its gate to a lock entry, or to a reason why there is none."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evaluation.call_counter import CallCounter
from pytest_promptevo.evaluation.measure import score, scores
from pytest_promptevo.evolve import Budget, Confirmation, Progress, Result, confirm, evolve, split
from pytest_promptevo.fitness import Gate, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.fitness import Score
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Plan:
    """How to search.

    Attributes:
        strategy: Name of the strategy.
        seed: Seed of all chance.
        budget: Bounds, or None for the strategy's default.
    """

    strategy: str
    seed: int
    budget: Budget | None = None


@dataclass(frozen=True)
class Outcome:
    """What a search did for a suite.

    Attributes:
        before: The genome that it started from.
        after: The genome that is accepted now (the old one, if none was better).
        result: What the search found.
        confirmation: The test on held-out examples, or None if there were too few.
        held_out: Gates of the old and the found genome on the examples that the search
            never saw (on all, where there were too few to hold some out).
        gate: The gate of `after` on all golden examples.
        accepted: Whether `after` is a new genome.
        reason: Why it was accepted or not.
    """

    before: Genome
    after: Genome
    result: Result
    confirmation: Confirmation | None
    held_out: tuple[Gate, Gate]
    gate: Gate
    accepted: bool
    reason: str


def search(
    evaluator: Evaluator,
    before: Genome,
    plan: Plan,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> Outcome:
    """Searches a better genome for a suite and tests it on held-out examples.

    Raises:
        PromptEvoError: if an evaluation is impossible.
    """
    suite = evaluator.suite
    if suite.space is None or not suite.space.free:
        raise ValueError("nothing may vary")
    rng = np.random.default_rng([plan.seed, zlib.crc32(suite.name.encode())])
    parts = split(suite.examples, rng, calls=plan.budget.calls if plan.budget else None)
    result = evolve(
        suite.space,
        parts.search,
        lambda genome, example: score(evaluator, genome, example),
        initial=before,
        strategy=plan.strategy,
        budget=plan.budget,
        rng=rng,
        objectives=suite.objectives,
        workers=evaluator.workers(),
        cost=CallCounter(evaluator),
        progress=progress,
    )
    found = result.recommended
    scored = {genome: scores(evaluator, genome, suite.examples) for genome in (before, found)}
    fresh = parts.confirm or suite.examples
    at = [suite.examples.index(example) for example in fresh]
    old, new = ([scored[genome][each] for each in at] for genome in (before, found))
    confirmation = confirm(old, new, suite.objectives, rng) if parts.confirm else None
    gates = {genome: judge(suite, made) for genome, made in scored.items()}
    accepted, reason = _decide(
        suite, result, before, gates[before], gates[found], confirmation, (old, new)
    )
    after = found if accepted else before
    return Outcome(
        before=before,
        after=after,
        result=result,
        confirmation=confirmation,
        held_out=(judge(suite, old), judge(suite, new)),
        gate=gates[after],
        accepted=accepted,
        reason=reason,
    )


def _decide(
    suite: Suite,
    result: Result,
    before: Genome,
    gate: Gate,
    found_gate: Gate,
    confirmation: Confirmation | None,
    held_out: tuple[Sequence[Score], Sequence[Score]],
) -> tuple[bool, str]:
    if result.recommended == before:
        if result.stopped == "budget" and not result.history:
            return False, "the budget ended before the first genomes were compared: allow for more"
        return False, "no better genome was found"
    if confirmation is None:
        if not found_gate.passes and _quality(found_gate) <= _quality(gate):
            return False, "too few examples to confirm a winner that has no better quality"
        return True, "not confirmed: too few examples"
    if confirmation.verdict == "confirmed":
        return True, f"confirmed on {confirmation.n} held-out examples"
    small = confirmation.detectable
    least = f"; at least {small:.2g} could have been shown" if small is not None else ""
    doubt = (
        f"inconclusive on {confirmation.n} held-out examples "
        f"(p = {confirmation.p_value:.2g}{least})"
    )
    if confirmation.verdict == "worse":
        return False, f"worse on {confirmation.n} held-out examples"
    old, new = (sum(map(suite.objectives.fitness, part)) for part in held_out)
    if not gate.passes and new > old:
        return True, f"{doubt}, but the old genome fails and the new one is better on both parts"
    return False, f"{doubt}: the old genome is kept"


def _quality(gate: Gate) -> float:
    return gate.figures.objectives["quality"].mean
