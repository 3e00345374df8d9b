"""One step of a rollout: a pure function of state and outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.rollout import decide
from pytest_promptevo.rollout.allocation import ROLLED_BACK, Allocation
from pytest_promptevo.rollout.guard import fresh
from pytest_promptevo.rollout.missing import Reports, is_inconclusive
from pytest_promptevo.rollout.observing import observe
from pytest_promptevo.rollout.prior import Prior
from pytest_promptevo.rollout.progress import ArmState, Event, Progress, Step
from pytest_promptevo.rollout.weights import chances, shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.rollout.outcome import Outcome
    from pytest_promptevo.rollout.settings import RolloutSettings

MOST_CANDIDATES = 3
"""Most candidates beside the control."""

SAME = 0.02
"""Traffic that must move for new shares to be worth an allocation."""


def begin(
    settings: RolloutSettings,
    control: str,
    candidates: Sequence[str],
    priors: Mapping[str, Prior],
    version: int,
) -> Step:
    """Starts a rollout.

    Args:
        settings: How it goes.
        control: Id of the locked genome's arm.
        candidates: Ids of the other arms, at most three; none: the control gets everything.
        priors: What is believed of them by id; nothing of arms that are left out.
        version: Number of the first allocation.

    Raises:
        SettingsError: If arms are not distinct or too many.
    """
    arms = [*candidates, control]
    if len(set(arms)) < len(arms):
        raise SettingsError(f"arms must be distinct, not {', '.join(arms)}")
    if len(candidates) > MOST_CANDIDATES:
        raise SettingsError(f"at most {MOST_CANDIDATES} candidates, not {len(candidates)}")
    states = {
        arm: ArmState(
            role="control" if arm == control else "candidate",
            prior=priors.get(arm, Prior()),
            in_stage=(0,) * len(settings.stages),
            guards={} if arm == control else fresh(),
        )
        for arm in arms
    }
    progress = Progress(control=control, arms=states, stage=0, version=version)
    if not candidates:
        return Step(progress, Allocation(version, 0, {control: 1.0}, "there is no candidate"))
    found = chances(settings, progress, version)
    why = f"the rollout starts: {_up_to(settings, 0)}"
    weights = shares(settings, control, 0, found)
    return Step(
        progress, Allocation(version, 0, weights, why), (Event("started", found.leader, why),)
    )


def advance(
    settings: RolloutSettings,
    progress: Progress,
    outcomes: Sequence[Outcome],
    allocations: Mapping[int, Allocation],
    reports: Mapping[str, Reports] | None = None,
) -> Step:
    """Takes outcomes into account, then decides about candidates, stage and shares.

    Args:
        settings: How the rollout goes.
        progress: The state before.
        outcomes: New outcomes, in the order of the log.
        allocations: The allocations they were chosen under, and the present one, by version.
            Without the present one a new one is made.
        reports: How many choices of each arm were reported, where that is known. A candidate
            that is reported more or less often than the control is neither dropped nor leads on.
    """
    progress = observe(settings, progress, outcomes, allocations)
    if progress.stage == ROLLED_BACK or not progress.live:
        return Step(progress, None)
    return _decided(settings, progress, allocations.get(progress.version), reports or {})


def _decided(
    settings: RolloutSettings,
    progress: Progress,
    present: Allocation | None,
    reports: Mapping[str, Reports],
) -> Step:
    unclear = {
        arm
        for arm in progress.live
        if is_inconclusive(reports.get(arm), reports.get(progress.control))
    }
    progress, events = decide.drop(settings, progress, unclear)
    if not progress.live:
        return _rolled_back(progress, events)
    version = progress.version + 1
    found = chances(settings, progress, version)
    progress, retired = decide.retire(progress, found)
    events += retired
    if retired:
        found = chances(settings, progress, version)
    if found.leader not in unclear and decide.may_advance(settings, progress, found.leader):
        progress = replace(progress, stage=progress.stage + 1)
        fine = f"{found.leader} is not worse by {settings.margin:g}"
        why = f"{fine}: {_up_to(settings, progress.stage)}"
        events.append(Event("stage", found.leader, why))
        found = chances(settings, progress, version)
    weights = shares(settings, progress.control, progress.stage, found)
    if not events and present is not None and _moved(present.weights, weights) < SAME:
        return Step(progress, None)
    why = "; ".join(map(_told, events)) or "shares follow the chances of being best"
    progress = replace(progress, version=version)
    return Step(progress, Allocation(version, progress.stage, weights, why), tuple(events))


def _rolled_back(progress: Progress, events: list[Event]) -> Step:
    why = f"no candidate is left; {_told(events[-1])}"
    progress = replace(progress, stage=ROLLED_BACK, version=progress.version + 1)
    allocation = Allocation(progress.version, ROLLED_BACK, {progress.control: 1.0}, why)
    return Step(progress, allocation, (*events, Event("rolled back", progress.control, why)))


def _told(event: Event) -> str:
    """Returns why, with the arm where that does not name it."""
    return f"{event.arm}: {event.why}" if event.kind in ("dropped", "retired") else event.why


def _moved(old: Mapping[str, float], new: Mapping[str, float]) -> float:
    """Returns the share of the traffic that gets another arm."""
    return sum(abs(old.get(arm, 0) - new.get(arm, 0)) for arm in {*old, *new}) / 2


def _up_to(settings: RolloutSettings, stage: int) -> str:
    return f"candidates get up to {settings.stages[stage]:.0%}"
