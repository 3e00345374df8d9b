"""Candidates as the lock holds them: those of a search, or those it has, tested again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.evaluation.measure import measured
from pytest_promptevo.improve.candidates import shortfall, try_candidates
from pytest_promptevo.improve.model_digests import model_digests
from pytest_promptevo.lock import (
    Candidate,
    Compared,
    LockedReward,
    LockedShot,
    NotWorse,
    Proposal,
    evidence_holds,
    held_out_of,
    told_anew,
    unseen_examples,
)
from pytest_promptevo.lock.parts import mean_of, rounded, suite_figures

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.fitness.reward import RewardScale
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.candidates import Tested, Trial
    from pytest_promptevo.improve.plan import Outcome, Plan
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


class Kept(NamedTuple):
    """A candidate that is to be locked.

    Attributes:
        genome: Its genome.
        evaluations: Of the held-out examples, whose answers are committed.
        held_out: Its figures there, and those of the locked genome.
        confirmed: The test that it was let through by.
    """

    genome: Genome
    evaluations: Sequence[Evaluation]
    held_out: Compared
    confirmed: NotWorse


@dataclass(frozen=True)
class Candidates:
    """The candidates of an entry that is to be written.

    Attributes:
        kept: The candidates.
        proposal: The search that found them.
        reward: The scale of rewards.
    """

    kept: tuple[Kept, ...]
    proposal: Proposal
    reward: LockedReward

    def plain(self, suite: Suite, digests: Sequence[str]) -> list[Candidate]:
        """Returns them for the lock.

        Args:
            suite: Their suite.
            digests: Digests of their recordings.
        """
        return [
            Candidate(
                genome=each.genome.plain(),
                shots=locked_shots(suite, each.genome),
                repeats=suite.draws(each.genome),
                quality=locked_quality(each.evaluations),
                held_out=each.held_out,
                confirmed=each.confirmed,
                recordings=digest,
            )
            for each, digest in zip(self.kept, digests, strict=True)
        ]


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


def found_candidates(
    suite: Suite, outcome: Outcome, plan: Plan, searched_before: Collection[str] = ()
) -> Candidates | None:
    """Returns the candidates that a search proposes, or None.

    Args:
        suite: Their suite.
        outcome: What the search did.
        plan: How it was set up.
        searched_before: Digests of what earlier searches have seen.
    """
    trial = outcome.trial
    if trial is None or not trial.proposed:
        return None
    return candidates_of(suite, trial, plan, outcome.calls, searched_before)


def candidates_of(
    suite: Suite, trial: Trial, plan: Plan, calls: int, searched_before: Collection[str] = ()
) -> Candidates:
    """Returns the candidates that passed a test.

    Args:
        suite: Their suite.
        trial: The test.
        plan: How the search was set up that found them.
        calls: What search and test have cost.
        searched_before: Digests of what earlier searches have seen.
    """
    genomes = [tested.genome.plain() for tested in trial.proposed]
    held_out = held_out_of(suite, trial.held_out, searched_before, genomes)
    return Candidates(
        tuple(_kept(tested) for tested in trial.proposed),
        Proposal(strategy=plan.strategy, seed=plan.seed, calls=calls, held_out=held_out),
        _reward(trial.scale),
    )


def kept_candidates(
    evaluator: Evaluator,
    old: Entry,
    genome: Genome,
    known: Sequence[Evaluation],
    own: Sequence[Known],
) -> tuple[Candidates | None, dict[int, str]]:
    """Returns those of the lock's candidates that still may stand beside its genome.

    Evidence that is about the suite as it is now stays, with qualities as they are now. Where
    it is not, candidates are tested again on the examples that their search never saw.

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
    trial = try_candidates(
        evaluator,
        genome,
        known,
        [each.genome for each in own],
        [suite.by_id[name] for name in unseen.held_out],
        proposal.seed,
        [each.evaluator for each in own],
    )
    scale = _reward(trial.scale)
    holds = old.genome == genome.plain() and evidence_holds(suite, old, model_digests(evaluator))
    if holds:
        scale = old.reward or scale
    margin = suite.rollout.margin * (scale.high - scale.low)
    kept, dropped = [], {}
    later = [suite.by_id[name] for name in unseen.later]
    for each, tried in zip(own, trial.tested, strict=True):
        tested = _with_later(evaluator, each, tried, later)
        candidate = old.candidates[each.number - 1]
        stays = holds and candidate.genome == each.genome.plain()
        problem = tested.problem
        if stays:
            problem = tested.breach or shortfall(candidate.confirmed.difference.mean, margin)
        if problem:
            dropped[each.number] = problem
        elif stays:
            test = candidate.confirmed.model_copy(update={"margin": rounded(margin)})
            kept.append(Kept(each.genome, tested.evaluations, candidate.held_out, test))
        else:
            kept.append(_kept(tested))
    left = told_anew(suite, held_out, genomes).model_copy(
        update={"ids": sorted(unseen.held_out), "failing": {}, "before": None, "after": None}
    )
    proposal = proposal.model_copy(update={"held_out": left})
    return (Candidates(tuple(kept), proposal, scale) if kept else None), dropped


def _with_later(
    evaluator: Evaluator, known: Known, tested: Tested, later: Sequence[Example]
) -> Tested:
    """Judges a candidate also by examples that came after its search, as the genome is."""
    if not later:
        return tested
    answered = measured(known.evaluator, known.genome, later)
    added = [evaluator.with_latency(known.genome, each) for each in answered]
    evaluations = [*tested.evaluations, *added]
    gate = evaluator.suite.judge([each.score for each in evaluations])
    return replace(
        tested,
        evaluations=evaluations,
        breach=tested.breach
        or "; ".join(f"{each}, with later examples" for each in gate.breaches[:1]),
    )


def _kept(tested: Tested) -> Kept:
    locked, own = (suite_figures(gate.figures) for gate in tested.gates)
    test = tested.comparison
    return Kept(
        tested.genome,
        tested.evaluations,
        Compared(locked=locked, candidate=own),
        NotWorse(
            n=test.difference.n,
            difference=mean_of(test.difference),
            margin=rounded(test.margin),
            p_better=rounded(test.p_better),
            p_not_worse=rounded(test.p_not_worse),
            verdict=test.verdict,
        ),
    )


def _reward(scale: RewardScale) -> LockedReward:
    return LockedReward(low=rounded(scale.low), high=rounded(scale.high))


def locked_quality(evaluations: Sequence[Evaluation]) -> dict[str, float]:
    """Returns the qualities below 1 by example, as the lock holds them."""
    return {
        evaluation.example: round(evaluation.score.quality, 6)
        for evaluation in sorted(evaluations, key=lambda evaluation: evaluation.example)
        if evaluation.score.quality < 1 - 1e-6
    }


def locked_shots(suite: Suite, genome: Genome) -> list[LockedShot]:
    """Returns the few-shot examples of a genome, whole."""
    return [_shot(suite.prompt.pool[name]) for name in genome.get("shots", ())]


def _shot(example: Example) -> LockedShot:
    return LockedShot(id=example.id, inputs=dict(example.inputs), expected=example.expected)
