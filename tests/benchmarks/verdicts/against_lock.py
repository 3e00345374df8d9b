"""Simulated CI runs that are compared with a lock, and what the comparison can find at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.fitness import Score
from pytest_promptevo.lock import Entry
from pytest_promptevo.project.against_lock import AgainstLock, Standing
from pytest_promptevo.recording import CommittedFile
from pytest_promptevo.suite import load_suite

from .power import FLIPS
from .searches import Scene
from .suites import FILE, write_suite

EXAMPLES = 200
REPEATS = 3


class Locked:
    """A suite of examples whose qualities are compared with those of a lock, as in a run.

    Args:
        examples: Number of examples.
        draws: Answers of each, in the lock and in the run; each passes or fails.
    """

    def __init__(self, examples: int, draws: int = 1) -> None:
        self._draws = draws
        with tempfile.TemporaryDirectory() as name:
            write_suite(Path(name), Scene("locked", (1.0,), examples, threshold=0.0))
            self._suite = load_suite(Path(name) / FILE, Path(name))

    def compared(self, before: np.ndarray, now: np.ndarray) -> Compared:
        """Compares qualities; the package's own rules decide."""
        examples, suite = self._suite.examples, self._suite
        quality = {example.id: float(was) for example, was in zip(examples, before, strict=True)}
        entry = Entry.model_construct(
            genome={}, quality=quality, repeats=self._draws, fingerprints=suite.fingerprints
        )
        against = AgainstLock(suite, entry, CommittedFile(suite.path))
        evaluations = [
            Evaluation(
                Score(float(share)),
                example=example.id,
                passed=share >= suite.pass_mark - 1e-9,
                draws=self._draws,
                passes=round(share * self._draws),
            )
            for example, share in zip(examples, now, strict=True)
        ]
        standings = [against.standing(evaluation) for evaluation in evaluations]
        return Compared(
            suite=not against.verdict(evaluations).passes,
            example=Standing.REGRESSED in standings or Standing.WORSE in standings,
        )


class Compared(NamedTuple):
    """What fails in a run.

    Attributes:
        suite: Whether ``[fitness]`` fails: its threshold is 0, so only for what fell.
        example: Whether the test of an example fails that the lock knows to be better.
    """

    suite: bool
    example: bool


def pass_rates(examples: int, rng: np.random.Generator) -> np.ndarray:
    """Draws how often examples pass in the long run: many always, few never, some now and then."""
    rates = rng.beta(0.6, 0.4, examples)
    kind = rng.random(examples)
    return np.where(kind < 0.5, 1.0, np.where(kind < 0.6, 0.0, rates))


def false_alarms(runs: int, rng: np.random.Generator) -> tuple[int, int]:
    """Returns how many CI runs fail that draw all answers anew and change nothing.

    Returns:
        Runs whose ``[fitness]`` fails, and runs in which the test of an example fails.
    """
    locked, suite, example = Locked(EXAMPLES, REPEATS), 0, 0
    for _ in range(runs):
        rates = pass_rates(EXAMPLES, rng)
        before, now = (rng.binomial(REPEATS, rates) / REPEATS for _ in range(2))
        compared = locked.compared(before, now)
        suite += compared.suite
        example += compared.example
    return suite, example


def drops_found(drop: float, examples: int, runs: int, rng: np.random.Generator) -> int:
    """Returns how many runs find a drop where single answers flip (`FLIPS`)."""
    locked, hits = Locked(examples), 0
    for _ in range(runs):
        luck = rng.random(examples)
        lost, gained = luck < (FLIPS + drop) / 2, luck > 1 - (FLIPS - drop) / 2
        same = rng.random(examples) < 0.8
        before = np.where(lost, 1.0, np.where(gained, 0.0, same))
        now = np.where(lost, 0.0, np.where(gained, 1.0, same))
        hits += locked.compared(before, now).suite
    return hits
