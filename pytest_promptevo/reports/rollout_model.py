"""How a rollout stands, as figures: what `promptevo status` and the page show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.errors import StateError
from pytest_promptevo.fitness.intervals import Estimate, student_quantile
from pytest_promptevo.rollout import (
    ALPHA_SPLIT,
    FINE,
    ROLLED_BACK,
    Reports,
    advance_at,
    drop_at,
    is_inconclusive,
)
from pytest_promptevo.rollout.outlook import outlook
from pytest_promptevo.rollout.weights import is_last

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.rollout import Allocation, ArmState, Progress, RolloutSettings, Tally
    from pytest_promptevo.rollout.outlook import Outlook
    from pytest_promptevo.state.lineup import Lineup
    from pytest_promptevo.state.overview import Overview


@dataclass(frozen=True)
class Evidence:
    """Evidence and how much of it is needed; 1 is none.

    Attributes:
        name: What it is about.
        wealth: The evidence.
        needed: From where on something follows.
    """

    name: str
    wealth: float
    needed: float


@dataclass(frozen=True)
class ArmStanding:
    """How an arm stands.

    Attributes:
        arm: Its id.
        name: ``genome`` or ``candidate-1``.
        status: ``live``, ``dropped`` or ``retired``.
        share: Its share of the traffic.
        reports: How many of its choices were reported.
        n: Outcomes that are evidence.
        reward: Mean reward with a 95 % interval; None without an outcome.
        fine: Evidence that it is not worse by the margin; None for the locked genome, and where
            nothing follows from it.
        worse: The evidence nearest to dropping it; None for the locked genome.
        is_missing: Whether it is reported so differently from the locked genome that they
            cannot be compared.
        why: Why it has its status.
    """

    arm: str
    name: str
    status: str
    share: float
    reports: Reports
    n: int
    reward: Estimate | None
    fine: Evidence | None
    worse: Evidence | None
    is_missing: bool
    why: str


@dataclass(frozen=True)
class Standing:
    """How a rollout that has begun stands.

    Attributes:
        stage: Index of the stage; -1: rolled back.
        stages: Most that candidates get together, by stage.
        arms: The locked genome, then the candidates in the order of the lock.
        why: Why the last allocation was made.
        since: When, in seconds since 1970.
        pending: Outcomes that are not taken into account yet.
        again: Outcomes that are no evidence, as their unit had counted already.
        outlook: What comes next.
    """

    stage: int
    stages: tuple[float, ...]
    arms: tuple[ArmStanding, ...]
    why: str
    since: float
    pending: int
    again: int
    outlook: Outlook


def standing_of(lineup: Lineup, found: Overview, names: Mapping[str, str]) -> Standing | None:
    """Returns how a rollout stands; None if it has not begun.

    Args:
        lineup: The arms.
        found: What the store says.
        names: What the arms are called.

    Raises:
        StateError: for a rollout that makes no sense: anybody can write to a store.
    """
    try:
        return _standing(lineup, found, names)
    except (ArithmeticError, LookupError, TypeError, ValueError) as exc:
        raise StateError(f"the rollout of {lineup.suite} makes no sense: {exc}") from None


def _standing(lineup: Lineup, found: Overview, names: Mapping[str, str]) -> Standing | None:
    allocation, progress, reports = found.allocation, found.progress, found.reports
    if allocation is None or progress is None or reports is None:
        return None
    settings = lineup.settings
    order = (lineup.control, *lineup.candidates)
    return Standing(
        stage=allocation.stage,
        stages=settings.stages,
        arms=tuple(_arm(settings, progress, allocation, reports, arm, names) for arm in order),
        why=_named(allocation.why, names),
        since=found.since,
        pending=found.pending,
        again=found.again,
        outlook=outlook(settings, progress, allocation, reports),
    )


def _arm(
    settings: RolloutSettings,
    progress: Progress,
    allocation: Allocation,
    reports: Mapping[str, Reports],
    arm: str,
    names: Mapping[str, str],
) -> ArmStanding:
    state = progress.arms[arm]
    is_candidate = state.role == "candidate"
    told = reports.get(arm, Reports(0, 0))
    return ArmStanding(
        arm=arm,
        name=names[arm],
        status=state.status,
        share=allocation.weights.get(arm, 0.0),
        reports=told,
        n=state.tally.n,
        reward=_reward(state.tally),
        fine=_fine(settings, progress.stage, state) if is_candidate else None,
        worse=_worse(settings, progress, state) if is_candidate else None,
        is_missing=is_candidate and is_inconclusive(told, reports.get(progress.control)),
        why=_named(state.why, names),
    )


def _reward(tally: Tally) -> Estimate | None:
    """Returns the mean with Student's 95 % interval, within what a reward can be."""
    n = tally.n
    if n == 0:
        return None
    mean = tally.total / n
    if n == 1:
        return Estimate(mean, 0.0, 1.0, 1)
    variance = max(tally.squares - n * mean * mean, 0.0) / (n - 1)
    half = student_quantile(0.975, n - 1) * math.sqrt(variance / n)
    return Estimate(mean, mean - half, mean + half, n).within(0.0, 1.0)


def _fine(settings: RolloutSettings, stage: int, state: ArmState) -> Evidence | None:
    if stage == ROLLED_BACK or is_last(settings, stage):
        return None
    return Evidence(FINE, state.guards[FINE].wealth, advance_at(settings, stage))


def _worse(settings: RolloutSettings, progress: Progress, state: ArmState) -> Evidence:
    all_of_them = [
        Evidence(name, state.guards[name].wealth, drop_at(settings, progress, name))
        for name in ALPHA_SPLIT
    ]
    return max(all_of_them, key=lambda each: each.wealth / each.needed)


def _named(text: str, names: Mapping[str, str]) -> str:
    """Returns a sentence about arms with what they are called."""
    for arm, name in names.items():
        text = text.replace(arm, name)
    return text
