"""Searches a better genome for a suite and tests it on held-out examples."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evaluation.call_counter import CallCounter
from pytest_promptevo.evaluation.measure import attempted
from pytest_promptevo.evaluation.repeats import SEARCH_DRAW
from pytest_promptevo.evolve import Budget, Confirmation, Progress, Result, confirm, evolve, split
from pytest_promptevo.improve.calibration import calibrate, roles_of
from pytest_promptevo.improve.decision import decide
from pytest_promptevo.improve.interleave import like_with_like, reserve
from pytest_promptevo.improve.simplify import simplified
from pytest_promptevo.improve.spending import (
    calls_of_test,
    calls_per_draw,
    check_budget,
    search_budget,
)
from pytest_promptevo.improve.winner import drawn_for_test, on, seen_by_search

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Split
    from pytest_promptevo.fitness import Gate
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Plan:
    """How to search.

    Attributes:
        strategy: Name of the strategy.
        seed: Seed of all chance.
        budget: Bounds of baseline, search and test together; None for the strategy's default.
        accepts_inconclusive: Whether to take a genome that was not shown to be better.
    """

    strategy: str
    seed: int
    budget: Budget | None = None
    accepts_inconclusive: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a search did for a suite.

    Attributes:
        before: The genome that it started from.
        after: The genome that is accepted now (the old one, if none was better).
        result: What the search found.
        calls: Calls to models that baseline, search and test needed, whether known or not.
        confirmation: The test on held-out examples, or None if there were too few.
        unseen_ids: Ids of the held-out examples; empty if there were too few.
        unseen: Gates of the old and the found genome on these examples (on all, where there
            were too few to hold some out).
        gate: The gate of `after` on all golden examples.
        accepted: Whether `after` is a new genome.
        reason: Why it was accepted or not.
        evaluations: The evaluations of `before` and `after` of all golden examples.
        measured: Mean measured latency of both on the examples of `unseen`, where those of
            their scores are modelled.
        notes: What else is to be told, a line each.
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


def search(
    evaluator: Evaluator,
    before: Genome,
    plan: Plan,
    progress: Callable[[Progress], None] = lambda _progress: None,
    baseline: Sequence[Evaluation] = (),
) -> Outcome:
    """Searches a better genome for a suite and tests it on held-out examples.

    Args:
        evaluator: The suite's evaluator.
        before: The genome that it starts from.
        plan: How to search.
        progress: Takes where the search stands.
        baseline: Evaluations of `before` that were made already.

    Raises:
        PromptEvoError: if an evaluation is impossible.
    """
    suite = evaluator.suite
    if suite.space is None or not suite.space.free:
        raise ValueError("nothing may vary")
    parts, rng = split_of(suite, plan)
    check_budget(plan.budget, suite, before, parts)
    counter = CallCounter()
    roles = roles_of(suite, before)
    calibrated = sum(map(counter.count, calibrate(evaluator, before, parts.search, roles)))
    known = {each.example: evaluator.with_latency(before, each) for each in baseline}
    spent = calibrated + sum(map(counter.count, known.values()))

    def evaluate(genome: Genome, example: Example) -> Evaluation:
        if genome == before and example.id in known:
            return known[example.id]
        draw = SEARCH_DRAW if suite.is_noisy(genome) else 0
        return attempted(evaluator, genome, example, draw)

    result = evolve(
        suite.space,
        parts.search,
        evaluate,
        initial=before,
        strategy=plan.strategy,
        budget=search_budget(
            plan.budget,
            suite,
            before,
            parts,
            calibrated=calibrated,
            reserve=reserve(evaluator, before, baseline, parts.confirm),
            per_draw=calls_per_draw(baseline),
        ),
        rng=rng,
        objectives=suite.objectives,
        workers=evaluator.workers(),
        cost=lambda _genome, _example, evaluation: counter.count(evaluation),
        progress=progress,
    )
    result = simplified(evaluator, result, before, parts.search)
    known = {**seen_by_search(evaluator, result, before, parts.search), **known}
    outcome = _tested(evaluator, before, plan, result, parts, known, counter, spent, rng)
    return replace(outcome, calls=outcome.calls + spent)


def split_of(suite: Suite, plan: Plan) -> tuple[Split, np.random.Generator]:
    """Splits a suite's examples into those that the search sees and those that it does not.

    Returns:
        The examples, and the source of chance to go on with.
    """
    rng = np.random.default_rng([plan.seed, zlib.crc32(suite.name.encode())])
    calls = plan.budget.calls if plan.budget else None
    return split(suite.examples, rng, calls=calls, groups=suite.duplicates.golden), rng


def _tested(
    evaluator: Evaluator,
    before: Genome,
    plan: Plan,
    result: Result,
    parts: Split,
    known: Mapping[str, Evaluation],
    counter: CallCounter,
    spent: int,
    rng: np.random.Generator,
) -> Outcome:
    """Tests what was found on unseen examples and decides on it."""
    suite, found = evaluator.suite, result.recommended
    unseen_examples = parts.confirm or suite.examples
    seen = known if found == before else seen_by_search(evaluator, result, found, parts.search)
    old = drawn_for_test(evaluator, before, unseen_examples, known)
    new = old if found == before else drawn_for_test(evaluator, found, unseen_examples, seen)
    bound = plan.budget.calls if plan.budget else None
    spent = spent + result.calls + calls_of_test(suite, before, parts)
    compared = like_with_like(
        evaluator,
        (before, found),
        (old, new),
        is_test=bool(parts.confirm),
        left=math.inf if bound is None else bound - spent,
    )
    before_scores = [evaluation.score for evaluation in compared.old]
    found_scores = [evaluation.score for evaluation in compared.new]
    confirmation = (
        confirm(before_scores, found_scores, suite.objectives, rng) if parts.confirm else None
    )
    unseen = suite.judge(before_scores), suite.judge(found_scores)
    decision = decide(
        result,
        before,
        confirmation,
        unseen[1],
        accepts_inconclusive=plan.accepts_inconclusive,
    )
    evaluations = {before: on(evaluator, before, suite.examples, known)}
    after = found if decision.accepted else before
    if after not in evaluations:
        if not suite.is_noisy(after):
            seen = {**seen, **{evaluation.example: evaluation for evaluation in new}}
        evaluations[after] = on(evaluator, after, suite.examples, seen)
    evaluations = {
        genome: [evaluator.with_latency(genome, each) for each in side]
        for genome, side in evaluations.items()
    }
    made = [*old, *new, *compared.asked, *chain.from_iterable(evaluations.values())]
    tested = sum(map(counter.count, made))
    return Outcome(
        before=before,
        after=after,
        result=result,
        calls=result.calls + tested,
        confirmation=confirmation,
        unseen_ids=tuple(example.id for example in parts.confirm),
        unseen=unseen,
        gate=suite.judge([evaluation.score for evaluation in evaluations[after]]),
        accepted=decision.accepted,
        reason=decision.reason,
        evaluations=evaluations,
        measured=compared.measured,
        notes=compared.notes,
    )
