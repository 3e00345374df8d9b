"""The lock entry of an accepted genome, with what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.lock import Confirmed, Entry, LockedModel, LockedShot, Search
from pytest_promptevo.lock.entry import LockedPrompt, mean_of, rounded, suite_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.search import Outcome, Plan
    from pytest_promptevo.lock.entry import SuiteFigures
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


def entry_for(
    evaluator: Evaluator,
    genome: Genome,
    evaluations: Sequence[Evaluation],
    old: Entry | None,
    found: tuple[Outcome, Plan] | None = None,
) -> Entry:
    """Builds the lock entry of a genome.

    Args:
        evaluator: The suite's evaluator.
        genome: The accepted genome.
        evaluations: Its evaluations of all golden examples.
        old: The entry that it replaces, if any.
        found: What the search did and how it was set up; None if the genome is accepted
            as it is.
    """
    suite, prompt = evaluator.suite, evaluator.suite.prompt
    figures = {"after": _figures(suite, evaluations)}
    evidence: Search | str = "accepted as it is"
    replaces = {}
    if found is not None:
        outcome, plan = found
        figures = {"before": _figures(suite, outcome.evaluations[outcome.before]), **figures}
        evidence = _evidence(outcome, plan)
        replaces = _replaced(outcome.before, genome)
    elif old is not None and old.genome == genome.plain():
        evidence, replaces = old.search, old.replaces
        figures = {**old.figures, **figures}
    return Entry(
        genome=genome.plain(),
        replaces=replaces,
        prompt=LockedPrompt(user=prompt.template.user, system=prompt.template.system)
        if prompt.template
        else None,
        shots=[_shot(prompt.pool[name]) for name in genome.get("shots", ())],
        output=prompt.output,
        models={role: _model(evaluator, role) for role in sorted(prompt.models)},
        figures=figures,
        known_failures=sorted(
            evaluation.example for evaluation in evaluations if not evaluation.passed
        ),
        search=evidence,
        fingerprints=suite.fingerprints,
    )


def _figures(suite: Suite, evaluations: Sequence[Evaluation]) -> SuiteFigures:
    return suite_figures(suite.judge([evaluation.score for evaluation in evaluations]).figures)


def _replaced(before: Genome, after: Genome) -> dict[str, object]:
    """Returns the values of the genes that changed, as they were before."""
    new = after.plain()
    return {name: value for name, value in before.plain().items() if value != new.get(name)}


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


def _model(evaluator: Evaluator, role: str) -> LockedModel:
    reference = evaluator.suite.prompt.models[role]
    try:
        digest = evaluator.answers.model_digest(reference)
    except PromptEvoError:
        digest = "unknown"
    return LockedModel(reference=reference, digest=digest)
