"""The lock entry of an accepted genome, with what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_promptevo.improve.lineage import lineage
from pytest_promptevo.improve.lock_candidates import locked_quality, locked_shots, same_quality
from pytest_promptevo.improve.model_digests import model_digests
from pytest_promptevo.lock import (
    Confirmed,
    Entry,
    HeldOut,
    LockedModel,
    Search,
    evidence_holds,
    held_out_of,
    told_anew,
    unseen_examples,
    with_failing,
)
from pytest_promptevo.lock.parts import LockedPrompt, LockedSpeed, mean_of, rounded, suite_figures
from pytest_promptevo.suite.sections.rollout import RolloutPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Confirmation
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.lock_candidates import Candidates
    from pytest_promptevo.improve.plan import Outcome, Plan
    from pytest_promptevo.lock.parts import SuiteFigures
    from pytest_promptevo.suite import Suite


def entry_for(
    evaluator: Evaluator,
    genome: Genome,
    evaluations: Sequence[Evaluation],
    old: Entry | None,
    found: tuple[Outcome, Plan] | None = None,
    recordings: str = "",
    candidates: Candidates | None = None,
    digests: Sequence[str] = (),
) -> Entry:
    """Builds the lock entry of a genome.

    Args:
        evaluator: The suite's evaluator.
        genome: The accepted genome.
        evaluations: Its evaluations of all golden examples.
        old: The entry that it replaces, if any: its evidence stays if it is about this
            genome, the suite as it is, and held-out examples of the same qualities.
        found: What the search did and how it was set up; None if the genome is accepted
            as it is.
        recordings: Digest of the recordings that are committed with it.
        candidates: The candidates beside it, if any.
        digests: Digests of their recordings.
    """
    suite, prompt = evaluator.suite, evaluator.suite.prompt
    models = model_digests(evaluator)
    evidence = _evidence_for(evaluator, genome, models, old, found, evaluations)
    after = _figures(suite, evaluations)
    return Entry(
        genome=genome.plain(),
        replaces=evidence.replaces,
        texts=lineage(evaluator, genome, old, found),
        prompt=LockedPrompt(user=prompt.template.user, system=prompt.template.system)
        if prompt.template
        else None,
        **_target(suite),
        shots=locked_shots(suite, genome),
        output=prompt.output,
        models={role: _model(evaluator, role, digest) for role, digest in models.items()},
        repeats=suite.draws(genome),
        pass_mark=suite.pass_mark,
        objectives=suite.objectives.counting,
        figures={**evidence.before, "after": after},
        quality=locked_quality(evaluations),
        held_out=evidence.held_out,
        search=evidence.search,
        recordings=recordings,
        **_beside(suite, candidates, digests, evidence.held_out),
        rollout=RolloutPart.of(suite.rollout),
        code=dict(suite.code),
        fingerprints=suite.fingerprints,
    )


class _Evidence(NamedTuple):
    """What speaks for a genome beside its own figures."""

    search: Search | str = "accepted as it is"
    replaces: dict[str, Any] = {}
    before: dict[str, SuiteFigures] = {}
    held_out: HeldOut | None = None


def _evidence_for(
    evaluator: Evaluator,
    genome: Genome,
    models: Mapping[str, str],
    old: Entry | None,
    found: tuple[Outcome, Plan] | None,
    evaluations: Sequence[Evaluation],
) -> _Evidence:
    if found is not None:
        outcome, plan = found
        return _Evidence(
            _searched(outcome, plan),
            _replaced(outcome.before, genome),
            {"before": _figures(evaluator.suite, outcome.evaluations[outcome.before])},
            _held_out(evaluator.suite, outcome, genome, old.searched if old else ()),
        )
    if old is None:
        return _Evidence()
    # A gene that does nothing makes another genome, but not one that the search did not find.
    held_out_ids = unseen_examples(evaluator.suite, old.held_out, [genome.plain()]).held_out
    if (
        old.genome != genome.plain()
        or not evidence_holds(evaluator.suite, old, models)
        or not same_quality(old.quality, evaluations, held_out_ids)
    ):
        return _Evidence(held_out=_still_held_out(evaluator, old, genome, evaluations))
    before = {name: figures for name, figures in old.figures.items() if name == "before"}
    held_out = old.held_out and _as_now(evaluator.suite, old.held_out, genome, evaluations)
    return _Evidence(old.search, old.replaces, before, held_out)


def _as_now(
    suite: Suite, held_out: HeldOut, genome: Genome, evaluations: Sequence[Evaluation]
) -> HeldOut:
    locked = [genome.plain()]
    anew = told_anew(suite, held_out, locked)
    return with_failing(suite, anew, locked_quality(evaluations), locked)


def _still_held_out(
    evaluator: Evaluator, old: Entry, genome: Genome, evaluations: Sequence[Evaluation]
) -> HeldOut | None:
    """Returns what the search never saw: the genome was still chosen by the others."""
    if old.held_out is None:
        return None
    suite = evaluator.suite
    ids = unseen_examples(suite, old.held_out, [genome.plain()]).held_out
    unseen = [evaluation for evaluation in evaluations if evaluation.example in ids]
    after = _figures(suite, unseen) if unseen else None
    left = {"ids": sorted(ids), "before": None, "after": after}
    return _as_now(suite, old.held_out, genome, evaluations).model_copy(update=left)


def _held_out(
    suite: Suite, outcome: Outcome, genome: Genome, searched: Iterable[str]
) -> HeldOut | None:
    ids, locked = outcome.unseen_ids, [genome.plain()]
    if not ids:
        return None
    before, after = (suite_figures(gate.figures) for gate in outcome.unseen)
    quality = locked_quality(outcome.evaluations[outcome.after])
    held_out = with_failing(suite, held_out_of(suite, ids, searched, locked), quality, locked)
    return held_out.model_copy(update={"before": before, "after": after})


def _figures(suite: Suite, evaluations: Sequence[Evaluation]) -> SuiteFigures:
    return suite_figures(suite.judge([evaluation.score for evaluation in evaluations]).figures)


def _replaced(before: Genome, after: Genome) -> dict[str, object]:
    """Returns the values of the genes that changed, as they were before."""
    new = after.plain()
    return {name: value for name, value in before.plain().items() if value != new.get(name)}


def _searched(outcome: Outcome, plan: Plan) -> Search:
    return Search(
        strategy=plan.strategy,
        seed=plan.seed,
        calls=outcome.calls,
        proposals=outcome.result.proposals,
        generations=outcome.result.generations,
        stopped=outcome.result.stopped,
        confirmed=confirmed_of(outcome.confirmation) or outcome.reason,
    )


def confirmed_of(test: Confirmation | None) -> Confirmed | None:
    """Returns the test on held-out examples as the lock keeps it, where there was one."""
    if test is None:
        return None
    return Confirmed(
        n=test.n,
        difference=mean_of(test.difference),
        p_value=rounded(test.p_value),
        detectable=None if test.detectable is None else rounded(test.detectable),
        verdict=test.verdict,
    )


def _target(suite: Suite) -> dict[str, Any]:
    """Returns what an application needs to call the suite's target, where it has one."""
    if not suite.target:
        return {}
    names = [set(example.inputs) for example in suite.examples]
    needed = set.intersection(*names)
    optional = set.union(*names) - needed
    return {
        "target": suite.target,
        "inputs": sorted(needed),
        "optional_inputs": sorted(optional),
    }


def _beside(
    suite: Suite, candidates: Candidates | None, digests: Sequence[str], held_out: HeldOut | None
) -> dict[str, Any]:
    """Returns the candidates; what both searches have held out, if it is the same, stands once."""
    if candidates is None:
        return {}
    proposal, own = candidates.proposal, candidates.proposal.held_out
    if own and held_out and (own.ids, own.inputs, own.searched) == (
        held_out.ids, held_out.inputs, held_out.searched,
    ):  # fmt: skip
        proposal = proposal.model_copy(update={"held_out": None})
    return {
        "candidates": candidates.plain(suite, digests),
        "proposal": proposal,
        "reward": candidates.reward,
    }


def _model(evaluator: Evaluator, role: str, digest: str) -> LockedModel:
    reference = evaluator.suite.prompt.models[role]
    speed = LockedSpeed.of(evaluator.speeds.get(reference)) if evaluator.weighs_latency else None
    return LockedModel(reference=reference, digest=digest, speed=speed)
