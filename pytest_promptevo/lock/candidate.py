"""Genomes that wait for a share of production's traffic beside the locked one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pytest_promptevo.base.schema import DictOf, ListOf, Strict
from pytest_promptevo.lock.parts import (
    Failing,
    HeldOut,
    LockedGenome,
    LockedShot,
    Mean,
    Quality,
    SuiteFigures,
)
from pytest_promptevo.suite.file_schema import MOST_REPEATS


class Compared(Strict):
    """Figures of the locked genome and of a candidate on the same held-out examples."""

    locked: SuiteFigures
    candidate: SuiteFigures


class NotWorse(Strict):
    """The paired test that a candidate was let through by (see `improve.candidates`).

    Attributes:
        n: Number of examples.
        difference: Mean fitness of the candidate minus that of the locked genome.
        margin: By how much less fitness it may be worse.
        p_better: One-sided, of the hypothesis that it is no better.
        p_not_worse: One-sided, of the hypothesis that it is worse by the margin or more.
        verdict: ``better`` or ``not worse`` where that is shown, else ``open``.
    """

    n: int
    difference: Mean
    margin: float = Field(ge=0, allow_inf_nan=False)
    p_better: float = Field(ge=0, le=1)
    p_not_worse: float = Field(ge=0, le=1)
    verdict: Literal["better", "not worse", "open"]


class Candidate(Strict):
    """A genome that may get traffic; texts, output and models are those of its entry.

    Attributes:
        genome: The genome.
        shots: Its few-shot examples.
        repeats: How often each held-out example was drawn.
        quality: Id to quality, for the held-out examples below 1.
        failing: As in `HeldOut`, of this genome: what it failed counts once it is gone, too.
        held_out: Its figures on the held-out examples, and those of the locked genome.
        confirmed: The test that it was let through by.
        recordings: Digest of its committed recordings.
    """

    genome: LockedGenome
    shots: ListOf[LockedShot] = []
    repeats: int = Field(default=1, ge=1, le=MOST_REPEATS)
    quality: DictOf[str, Quality] = {}
    failing: Failing = {}
    held_out: Compared
    confirmed: NotWorse
    recordings: str


class Proposal(Strict):
    """How the candidates were found.

    Attributes:
        strategy: Search strategy.
        seed: Its seed.
        calls: Calls that search and tests took.
        held_out: The examples that the search never saw; None where they are those of the
            locked genome's search.
    """

    strategy: str
    seed: int = Field(ge=0)
    calls: int
    held_out: HeldOut | None = None


class LockedReward(Strict):
    """The fitnesses of reward 0 and 1 (see `improve.reward`)."""

    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _rises(self) -> LockedReward:
        if self.high <= self.low:
            raise ValueError("high must be above low")
        return self
