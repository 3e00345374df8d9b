"""The lock that goes to production: the shipped genome, and the best three beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.improve.candidates import Tested, Trial
from pytest_promptevo.improve.lock_candidates import candidates_of
from pytest_promptevo.improve.lock_entry import entry_for
from pytest_promptevo.improve.not_worse import compare_all
from pytest_promptevo.improve.plan import Plan
from pytest_promptevo.improve.reward import reward_scale
from pytest_promptevo.lock import Lockfile, write_lock
from pytest_promptevo.project.commit import recordings_text
from pytest_promptevo.recording import committed_digest

from .evolution import SEED

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluator import Evaluator

    from .evolution import Evolved


def hand_over(evaluator: Evaluator, evolved: Evolved, path: Path) -> None:
    """Writes the lock; its candidates were tested on the held-out examples."""
    suite, found = evaluator.suite, evolved.held_out
    plan = Plan("classic", SEED)
    known = found[evolved.shipped]
    trial = _trial(evaluator, evolved)
    candidates = candidates_of(suite, trial, plan, evolved.classic.calls, known)
    own, *others = (
        committed_digest(recordings_text(suite, found[genome]))
        for genome in (evolved.shipped, *(kept.genome for kept in candidates.kept))
    )
    entry = entry_for(
        evaluator,
        evolved.shipped,
        known,
        None,
        recordings=own,
        candidates=candidates,
        digests=others,
    )
    write_lock(Lockfile(path).with_entry(suite.name, entry))


def _trial(evaluator: Evaluator, evolved: Evolved) -> Trial:
    suite, found = evaluator.suite, evolved.held_out
    scores = {genome: [each.score for each in side] for genome, side in found.items()}
    locked, others = scores[evolved.shipped], [scores[genome] for genome in evolved.best]
    scale = reward_scale(suite.objectives, [locked, *others])
    rng = np.random.default_rng(SEED)
    tests = compare_all(locked, others, suite.objectives, scale, suite.rollout.margin, rng)
    return Trial(
        tuple(
            Tested(
                genome,
                found[genome],
                found[genome],
                (suite.judge(locked), suite.judge(own)),
                "",
                test,
            )
            for genome, own, test in zip(evolved.best, others, tests, strict=True)
        ),
        scale,
        tuple(example.id for example in evolved.examples.confirm),
    )
