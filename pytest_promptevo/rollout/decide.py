"""What follows from the evidence: who is dropped or retired, whether the next stage begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.rollout.guard import ALPHA_SPLIT, FINE
from pytest_promptevo.rollout.progress import Event

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pytest_promptevo.rollout.progress import Progress
    from pytest_promptevo.rollout.settings import RolloutSettings
    from pytest_promptevo.rollout.weights import Chances

STARVED = 0.002
"""Chance of being the best candidate below which one is retired."""

STARVED_AFTER = 200
"""Outcomes that a candidate has before it may be retired."""

_WORSE = {
    "reward": "its reward is lower",
    "invalid": "more of its answers are invalid",
    "slow": "more of its answers are slow",
    "dear": "more of its answers take many tokens",
}


def drop_at(settings: RolloutSettings, progress: Progress, guard: str) -> float:
    """Returns the wealth of a guard at which a candidate is dropped.

    All guards of all candidates together are wrong with probability alpha at most.
    """
    return (len(progress.arms) - 1) / (ALPHA_SPLIT[guard] * settings.alpha)


def advance_at(settings: RolloutSettings, stage: int) -> float:
    """Returns the wealth of `FINE` that a leader needs to leave a stage."""
    is_before_last = stage == len(settings.stages) - 2
    return max(settings.advance_at, 1 / settings.risk) if is_before_last else settings.advance_at


def drop(
    settings: RolloutSettings, progress: Progress, unclear: AbstractSet[str]
) -> tuple[Progress, list[Event]]:
    """Drops each live candidate that is worse than the control, but for those that are unclear."""
    arms = dict(progress.arms)
    events = []
    for arm in progress.live:
        if arm in unclear:
            continue
        state = arms[arm]
        needed = {guard: drop_at(settings, progress, guard) for guard in ALPHA_SPLIT}
        guard = max(needed, key=lambda name: state.guards[name].wealth / needed[name])
        wealth = state.guards[guard].wealth
        if wealth >= needed[guard]:
            why = (
                f"{_WORSE[guard]} than the control's after {state.tally.n} outcomes "
                f"(evidence {wealth:.3g} of {needed[guard]:.3g})"
            )
            arms[arm] = replace(state, status="dropped", why=why)
            events.append(Event("dropped", arm, why, guard))
    return replace(progress, arms=arms), events


def retire(progress: Progress, found: Chances) -> tuple[Progress, list[Event]]:
    """Retires each candidate that is hardly ever the best one; never the last."""
    arms = dict(progress.arms)
    events = []
    for arm, chance in found.of_candidates.items():
        state = arms[arm]
        if chance < STARVED and state.tally.n >= STARVED_AFTER:
            why = (
                f"{found.leader} is better with {1 - STARVED:.1%} (after {state.tally.n} outcomes)"
            )
            arms[arm] = replace(state, status="retired", why=why)
            events.append(Event("retired", arm, why))
    return replace(progress, arms=arms), events


def may_advance(settings: RolloutSettings, progress: Progress, arm: str) -> bool:
    """Whether the leader has shown enough at the present stage."""
    stage, leader = progress.stage, progress.arms[arm]
    return (
        0 <= stage < len(settings.stages) - 1
        and leader.in_stage[stage] >= settings.min_outcomes
        and leader.guards[FINE].wealth >= advance_at(settings, stage)
    )
