"""From a suite that fails its gate to a lock entry, or to a reason why there is none."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.errors import ContextOverflow, PromptEvoError
from pytest_promptevo.evaluate import CallCounter, Evaluator, Verdict
from pytest_promptevo.evolve import Budget, Confirmation, Progress, Result, confirm, evolve, split
from pytest_promptevo.fitness import Score
from pytest_promptevo.gate import Gate, judge
from pytest_promptevo.lock import Confirmed, Entry, LockedModel, LockedShot, Search
from pytest_promptevo.lock.entry import LockedOutput, LockedPrompt, mean_of, rounded, suite_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.golden import Example
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


def baseline(
    evaluator: Evaluator, genome: Genome, done: Callable[[int], None] = lambda _count: None
) -> list[Verdict]:
    """Evaluates a genome on all golden examples.

    Raises:
        PromptEvoError: the first error of an example.
    """
    made = evaluator.many(genome, evaluator.suite.examples, done)
    for verdict in made:
        if isinstance(verdict, PromptEvoError):
            raise verdict
    return [verdict for verdict in made if isinstance(verdict, Verdict)]


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
        lambda genome, example: _score(evaluator, genome, example),
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


def scores(evaluator: Evaluator, genome: Genome, examples: Sequence[Example]) -> list[Score]:
    """Returns the scores of a genome on examples, evaluated side by side."""
    made = []
    for verdict in evaluator.many(genome, examples):
        if isinstance(verdict, ContextOverflow):
            made.append(Score(0.0))
        elif isinstance(verdict, PromptEvoError):
            raise verdict
        else:
            made.append(verdict.score)
    return made


def _score(evaluator: Evaluator, genome: Genome, example: Example) -> Score:
    try:
        return evaluator.verdict(genome, example).score
    except ContextOverflow:
        return Score(0.0)


def entry_for(
    evaluator: Evaluator,
    genome: Genome,
    old: Entry | None,
    outcome: Outcome | None = None,
    plan: Plan | None = None,
) -> Entry:
    """Builds the lock entry of a genome, from evaluations of all golden examples.

    Args:
        evaluator: The suite's evaluator.
        genome: The accepted genome.
        old: The entry that it replaces, if any.
        outcome: What the search did; None if the genome is accepted as it is.
        plan: How the search was set up.
    """
    suite = evaluator.suite
    verdicts = baseline(evaluator, genome)
    before = outcome.before if outcome else genome
    figures = {"after": suite_figures(judge(suite, [each.score for each in verdicts]).figures)}
    evidence: Search | str = "accepted as it is"
    replaces = {
        name: value for name, value in before.plain().items() if value != genome.plain().get(name)
    }
    if outcome and plan:
        told = [each.score for each in baseline(evaluator, before)]
        figures = {"before": suite_figures(judge(suite, told).figures), **figures}
        evidence = _evidence(outcome, plan)
    elif old is not None and old.genome == genome.plain():
        evidence, replaces = old.search, old.replaces
        figures = {**old.figures, **figures}
    return Entry(
        genome=genome.plain(),
        replaces=replaces,
        prompt=LockedPrompt(user=suite.template.user, system=suite.template.system)
        if suite.template
        else None,
        shots=[_shot(suite.pool[name]) for name in genome.get("shots", ())],
        output=_output(suite),
        models={role: _model(evaluator, role) for role in sorted(suite.models)},
        figures=figures,
        known_failures=sorted(each.example for each in verdicts if not each.passed),
        search=evidence,
        fingerprints=suite.fingerprints,
    )


def _evidence(outcome: Outcome, plan: Plan) -> Search:
    test = outcome.confirmation
    confirmed: Confirmed | str = outcome.reason
    if test is not None:
        confirmed = Confirmed(
            n=test.n,
            difference=mean_of(test.difference),
            p_value=rounded(test.p_value),
            detectable=None if test.detectable is None else rounded(test.detectable),
            verdict=test.verdict,
        )
    return Search(
        strategy=plan.strategy,
        seed=plan.seed,
        calls=outcome.result.calls,
        generations=outcome.result.generations,
        stopped=outcome.result.stopped,
        confirmed=confirmed,
    )


def _shot(example: Example) -> LockedShot:
    return LockedShot(id=example.id, inputs=dict(example.inputs), expected=example.expected)


def _output(suite: Suite) -> LockedOutput:
    spec = suite.output
    return LockedOutput(
        format=spec.format,
        labels=list(spec.labels),
        schema=None if spec.schema is None else dict(spec.schema),
        max_repairs=spec.max_repairs,
        constrain=spec.constrain,
    )


def _model(evaluator: Evaluator, role: str) -> LockedModel:
    reference = evaluator.suite.models[role]
    try:
        digest = evaluator.answers.model_digest(reference)
    except PromptEvoError:
        digest = "unknown"
    return LockedModel(reference=reference, digest=digest)
