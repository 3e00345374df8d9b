"""Searches a better genome for a suite and tests it on held-out examples."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evaluation.call_counter import CallCounter
from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.evaluation.measure import attempted, measured
from pytest_promptevo.evolve import Budget, Confirmation, Progress, Result, confirm, evolve, split
from pytest_promptevo.improve.decision import decide

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        evaluations: The old and the found genome's evaluations of all golden examples.
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
    rng = np.random.default_rng([plan.seed, zlib.crc32(suite.name.encode())])
    parts = split_of(suite, plan, rng)
    known = {evaluation.example: evaluation for evaluation in baseline}
    counter = CallCounter()

    def evaluate(genome: Genome, example: Example) -> Evaluation:
        if genome == before and example.id in known:
            return known[example.id]
        return attempted(evaluator, genome, example)

    result = evolve(
        suite.space,
        parts.search,
        evaluate,
        initial=before,
        strategy=plan.strategy,
        budget=search_budget(plan.budget, suite, parts),
        rng=rng,
        objectives=suite.objectives,
        workers=evaluator.workers(),
        cost=lambda _genome, _example, evaluation: counter.count(evaluation),
        progress=progress,
    )
    found = result.recommended
    evaluations = {
        found: _on_all(evaluator, found, _seen(result, found, parts.search)),
        before: _on_all(evaluator, before, {**_seen(result, before, parts.search), **known}),
    }
    return _outcome(evaluator, plan, before, result, parts, evaluations, counter, rng)


def split_of(suite: Suite, plan: Plan, rng: np.random.Generator) -> Split:
    """Splits a suite's examples into those that the search sees and those that it does not."""
    return split(suite.examples, rng, calls=plan.budget.calls if plan.budget else None)


def search_budget(budget: Budget | None, suite: Suite, parts: Split) -> Budget | None:
    """Returns what is left for the search, baseline included, beside the test of its winner.

    Raises:
        SettingsError: if the budget does not suffice to compare two genomes.
    """
    if budget is None or budget.calls is None:
        return budget
    least = 2 * len(suite.examples)
    if budget.calls < least:
        raise SettingsError(
            f"{suite.name}: a budget of {budget.calls} calls cannot compare two genomes on "
            f"{len(suite.examples)} examples: allow for {least} at least, better "
            f"{10 * len(suite.examples)} (--promptevo-budget)"
        )
    return replace(budget, calls=budget.calls - 2 * len(parts.confirm))


def _seen(result: Result, genome: Genome, examples: Sequence[Example]) -> dict[str, Evaluation]:
    """Returns the evaluations of a genome that the search made, by the id of the example."""
    scored = result.scored.get(genome, {})
    return {
        examples[index].id: evaluation
        for index, evaluation in scored.items()
        if isinstance(evaluation, Evaluation)
    }


def _on_all(
    evaluator: Evaluator, genome: Genome, known: Mapping[str, Evaluation]
) -> list[Evaluation]:
    """Returns a genome's evaluations of all golden examples, in their order."""
    examples = evaluator.suite.examples
    missing = [example for example in examples if example.id not in known]
    new = {evaluation.example: evaluation for evaluation in measured(evaluator, genome, missing)}
    return [{**known, **new}[example.id] for example in examples]


def _outcome(
    evaluator: Evaluator,
    plan: Plan,
    before: Genome,
    result: Result,
    parts: Split,
    evaluations: Mapping[Genome, Sequence[Evaluation]],
    counter: CallCounter,
    rng: np.random.Generator,
) -> Outcome:
    suite, found = evaluator.suite, result.recommended
    tested = sum(
        counter.count(evaluation)
        for genome in (before, found)
        for evaluation in evaluations[genome]
    )
    scores = {
        genome: [evaluation.score for evaluation in evaluations[genome]] for genome in evaluations
    }
    fresh = {example.id for example in parts.confirm or suite.examples}
    old, new = (
        [
            score
            for example, score in zip(suite.examples, scores[genome], strict=True)
            if example.id in fresh
        ]
        for genome in (before, found)
    )
    confirmation = confirm(old, new, suite.objectives, rng) if parts.confirm else None
    unseen = suite.judge(old), suite.judge(new)
    accepted, reason = decide(
        result,
        before,
        confirmation,
        unseen[1],
        accepts_inconclusive=plan.accepts_inconclusive,
    )
    return Outcome(
        before=before,
        after=found if accepted else before,
        result=result,
        calls=result.calls + tested,
        confirmation=confirmation,
        unseen_ids=tuple(example.id for example in parts.confirm),
        unseen=unseen,
        gate=suite.judge(scores[found if accepted else before]),
        accepted=accepted,
        reason=reason,
        evaluations=evaluations,
    )
