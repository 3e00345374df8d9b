"""What follows from the evidence: who is dropped or retired, whether the next stage begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.rollout.guard import FINE, GUARDS
from pytest_promptevo.rollout.progress import Event

if TYPE_CHECKING:
    from pytest_promptevo.rollout.progress import ArmState, Progress
    from pytest_promptevo.rollout.settings import RolloutSettings
    from pytest_promptevo.rollout.weights import Chances

STARVED = 0.005
"""Chance of being the best candidate below which one is retired."""

STARVED_AFTER = 200
"""Outcomes that a candidate has before it may be retired."""

_LOWER = {
    "reward": "its reward is lower",
    "invalid": "more of its answers are invalid",
    "slow": "more of its answers are slow",
    "dear": "more of its answers take many tokens",
}


def drop_at(settings: RolloutSettings, progress: Progress) -> float:
    """Returns the wealth at which a candidate is dropped: measures x candidates / alpha."""
    return len(GUARDS) * (len(progress.arms) - 1) / settings.alpha


def advance_at(settings: RolloutSettings, stage: int) -> float:
    """Returns the wealth of `FINE` that a leader needs to leave a stage; each multiplies it."""
    return settings.advance_at ** (stage + 1)


def drop(settings: RolloutSettings, progress: Progress) -> tuple[Progress, list[Event]]:
    """Drops each live candidate that is worse than the control."""
    needed = drop_at(settings, progress)
    arms = dict(progress.arms)
    events = []
    for arm in progress.live:
        state = arms[arm]
        guard = max(GUARDS, key=lambda name: state.guards[name].wealth)
        wealth = state.guards[guard].wealth
        if wealth >= needed:
            why = (
                f"{_LOWER[guard]} than the control's after {state.tally.n} outcomes "
                f"(evidence {wealth:.0f} of {needed:.0f})"
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


def may_advance(settings: RolloutSettings, progress: Progress, leader: ArmState) -> bool:
    """Whether the leader has shown enough at the present stage."""
    stage = progress.stage
    return (
        0 <= stage < len(settings.stages) - 1
        and leader.in_stage[stage] >= settings.min_outcomes
        and leader.guards[FINE].wealth >= advance_at(settings, stage)
    )
