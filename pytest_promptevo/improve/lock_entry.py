"""The lock entry of an accepted genome, with what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.fitness import judge
from pytest_promptevo.lock import Confirmed, Entry, LockedModel, LockedShot, Search
from pytest_promptevo.lock.entry import LockedOutput, LockedPrompt, mean_of, rounded, suite_figures

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.search import Outcome, Plan
    from pytest_promptevo.suite import Suite
    from pytest_promptevo.suite.golden import Example


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
