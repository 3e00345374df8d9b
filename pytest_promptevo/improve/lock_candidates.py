"""Candidates as the lock holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.fitness.paired import SAME
from pytest_promptevo.lock import (
    Candidate,
    Compared,
    LockedReward,
    LockedShot,
    NotWorse,
    Proposal,
    held_out_of,
    with_failing,
)
from pytest_promptevo.lock.parts import mean_of, rounded, suite_figures

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.fitness.reward import RewardScale
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.candidates import Tested, Trial
    from pytest_promptevo.improve.plan import Outcome, Plan
    from pytest_promptevo.lock import HeldOut
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


class Kept(NamedTuple):
    """A candidate that is to be locked.

    Attributes:
        genome: Its genome.
        evaluations: Of the held-out examples, whose answers are committed.
        held_out: Its figures there, and those of the locked genome.
        confirmed: The test that it was let through by.
        failing: Digest to quality of those held out that it ever failed since its search.
    """

    genome: Genome
    evaluations: Sequence[Evaluation]
    held_out: Compared
    confirmed: NotWorse
    failing: Mapping[str, float]


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
                failing=dict(each.failing),
                held_out=each.held_out,
                confirmed=each.confirmed,
                recordings=digest,
            )
            for each, digest in zip(self.kept, digests, strict=True)
        ]


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
    known = outcome.evaluations[outcome.after]
    return candidates_of(suite, trial, plan, outcome.calls, known, searched_before)


def candidates_of(
    suite: Suite,
    trial: Trial,
    plan: Plan,
    calls: int,
    known: Sequence[Evaluation],
    searched_before: Collection[str] = (),
) -> Candidates:
    """Returns the candidates that passed a test.

    Args:
        suite: Their suite.
        trial: The test.
        plan: How the search was set up that found them.
        calls: What search and test have cost.
        known: The locked genome's evaluations of all golden examples.
        searched_before: Digests of what earlier searches have seen.
    """
    genomes = [tested.genome.plain() for tested in trial.proposed]
    held_out = held_out_of(suite, trial.held_out, searched_before, genomes)

    def failing(evaluations: Sequence[Evaluation]) -> HeldOut:
        return with_failing(suite, held_out, locked_quality(evaluations), genomes)

    return Candidates(
        tuple(kept_as(each, failing(each.evaluations).failing) for each in trial.proposed),
        Proposal(strategy=plan.strategy, seed=plan.seed, calls=calls, held_out=failing(known)),
        locked_reward(trial.scale),
    )


def kept_as(tested: Tested, failing: Mapping[str, float]) -> Kept:
    """Returns a candidate that passed a test.

    Args:
        tested: The candidate.
        failing: Digest to quality of what it ever failed.
    """
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
        failing,
    )


def locked_reward(scale: RewardScale) -> LockedReward:
    """Returns the scale of rewards, rounded for the file."""
    return LockedReward(low=rounded(scale.low), high=rounded(scale.high))


def same_quality(
    known: Mapping[str, float] | None, evaluations: Sequence[Evaluation], held_out: Collection[str]
) -> bool:
    """Whether held-out examples have the qualities that the lock knows, as far as it knows any.

    Args:
        known: Id to quality below 1; None in a lock of version 1.
        evaluations: The evaluations as they are now.
        held_out: Ids of the examples.
    """
    now = {each.example: each.score.quality for each in evaluations if each.example in held_out}
    return known is None or all(
        abs(known.get(example, 1.0) - quality) <= SAME for example, quality in now.items()
    )


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
