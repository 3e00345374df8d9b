"""The candidates of the lock at an update: which of them stay, with what evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.evaluation.copies import worst_scores
from pytest_promptevo.evaluation.measure import measured
from pytest_promptevo.fitness import at_their_worst
from pytest_promptevo.improve.candidates import shortfall, try_candidates
from pytest_promptevo.improve.failed_before import difference_with, failed_before
from pytest_promptevo.improve.lock_candidates import (
    Candidates,
    Kept,
    kept_as,
    locked_quality,
    locked_reward,
    same_quality,
)
from pytest_promptevo.improve.model_digests import model_digests
from pytest_promptevo.lock import evidence_holds, told_anew, unseen_examples, with_failing
from pytest_promptevo.lock.parts import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.fitness import Objectives
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.candidates import Tested
    from pytest_promptevo.improve.failed_before import FailedBefore
    from pytest_promptevo.lock import Candidate, Entry, HeldOut
    from pytest_promptevo.prompt import Example


class Known(NamedTuple):
    """A candidate that the lock has.

    Attributes:
        number: Which one it is, from 1 on.
        genome: Its genome, as the suite tests it now.
        evaluator: Evaluates it by its own recordings.
    """

    number: int
    genome: Genome
    evaluator: Evaluator


def kept_candidates(
    evaluator: Evaluator,
    old: Entry,
    genome: Genome,
    known: Sequence[Evaluation],
    own: Sequence[Known],
) -> tuple[Candidates | None, dict[int, str]]:
    """Returns those of the lock's candidates that still may stand beside its genome.

    Evidence that is about the suite and the answers as they are now stays. Where it is not,
    candidates are tested again on the examples that their search never saw.

    Args:
        evaluator: The suite's evaluator.
        old: The entry that is replaced.
        genome: The locked genome.
        known: Its evaluations of all golden examples.
        own: The candidates that the suite can test.

    Returns:
        The candidates, or None if none is left; and why others are dropped, by number.

    Raises:
        PromptEvoError: if a model cannot answer.
    """
    suite, proposal = evaluator.suite, old.proposal
    held_out = old.candidates_held_out
    if not own or proposal is None or held_out is None:
        return None, {}
    genomes = [genome.plain(), *(each.genome.plain() for each in own)]
    unseen = unseen_examples(suite, held_out, genomes)
    if unseen.is_lost or not unseen.held_out:
        why = f"too few of the {unseen.count} examples that its search never saw are left"
        return None, {each.number: why for each in own}

    def with_now(failing: Mapping[str, float], evaluations: Sequence[Evaluation]) -> HeldOut:
        before = held_out.model_copy(update={"failing": failing})
        anew = told_anew(suite, before, genomes)
        return with_failing(suite, anew, locked_quality(evaluations), genomes)

    digests = unseen_examples(suite, told_anew(suite, held_out, genomes), genomes).digests
    trial = try_candidates(
        evaluator,
        genome,
        known,
        [each.genome for each in own],
        [suite.by_id[name] for name in unseen.held_out],
        proposal.seed,
        [each.evaluator for each in own],
        digests=digests,
    )
    scale = locked_reward(trial.scale)
    holds = old.genome == genome.plain() and evidence_holds(suite, old, model_digests(evaluator))
    sides = [(old.quality, known)] + [
        (old.candidates[each.number - 1].quality, tried.evaluations)
        for each, tried in zip(own, trial.tested, strict=True)
    ]
    holds = holds and all(same_quality(*side, unseen.held_out) for side in sides)
    if holds:
        scale = old.reward or scale
    margin = suite.rollout.margin * (scale.high - scale.low)
    kept, dropped = [], {}
    later = [suite.by_id[name] for name in unseen.later]
    for each, tried in zip(own, trial.tested, strict=True):
        candidate = old.candidates[each.number - 1]
        gone = failed_before(candidate.failing, held_out, unseen)
        tested = _judged(evaluator, each, tried, later, gone, digests)
        stays = candidate if holds and candidate.genome == each.genome.plain() else None
        if problem := tested.breach or _worse(tested, stays, margin, gone, suite.objectives):
            dropped[each.number] = problem
        else:
            failing = with_now(candidate.failing, tested.evaluations).failing
            kept.append(_again(tested, stays, margin, failing))
    left = with_now(held_out.failing, known).model_copy(
        update={"ids": sorted(unseen.held_out), "before": None, "after": None}
    )
    proposal = proposal.model_copy(update={"held_out": left})
    return (Candidates(tuple(kept), proposal, scale) if kept else None), dropped


def _judged(
    evaluator: Evaluator,
    known: Known,
    tested: Tested,
    later: Sequence[Example],
    gone: Sequence[FailedBefore],
    digests: Mapping[str, str],
) -> Tested:
    """Judges a candidate also by what is gone and what came after its search, as the genome is."""
    if not later and not gone:
        return tested
    answered = measured(known.evaluator, known.genome, later)
    added = [evaluator.with_latency(known.genome, each) for each in answered]
    own, breach = tested.evaluations, tested.breach
    lost = at_their_worst((each.quality for each in gone), worst_scores(own, digests))
    for judged, what in (
        (own, "what it failed and is gone or edited"),
        ([*own, *added], "later examples"),
    ):
        gate = evaluator.suite.judge([*worst_scores(judged, digests), *lost])
        breach = breach or "; ".join(f"{each}, with {what}" for each in gate.breaches[:1])
    return replace(tested, evaluations=[*own, *added], breach=breach)


def _worse(
    tested: Tested,
    stays: Candidate | None,
    margin: float,
    gone: Sequence[FailedBefore],
    objectives: Objectives,
) -> str:
    """Returns why a candidate is left out that is worse by the margin; by its evidence if it has.

    Args:
        tested: The candidate, tested again.
        stays: What the lock has of it, if that is about the suite as it is now.
        margin: By how much it may be worse then.
        gone: What it failed and is gone.
        objectives: What makes fitness.
    """
    test, most = tested.comparison.difference, tested.comparison.margin
    mean, n = test.mean, test.n
    if stays is not None:
        mean, n, most = stays.confirmed.difference.mean, stays.confirmed.n, margin
    return shortfall(difference_with(gone, mean, n, objectives), most)


def _again(
    tested: Tested, stays: Candidate | None, margin: float, failing: Mapping[str, float]
) -> Kept:
    if stays is None:
        return kept_as(tested, failing)
    confirmed = stays.confirmed.model_copy(update={"margin": rounded(margin)})
    return Kept(tested.genome, tested.evaluations, stays.held_out, confirmed, failing)
