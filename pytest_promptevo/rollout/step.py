"""One step of a rollout: a pure function of state and outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.rollout import decide
from pytest_promptevo.rollout.allocation import ROLLED_BACK, Allocation
from pytest_promptevo.rollout.guard import fresh, watch
from pytest_promptevo.rollout.missing import Reports, is_inconclusive
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


def observe(
    settings: RolloutSettings,
    progress: Progress,
    outcomes: Sequence[Outcome],
    allocations: Mapping[int, Allocation],
) -> Progress:
    """Takes outcomes into account and decides nothing.

    The result is the same however outcomes are cut into batches, so that all outcomes of a log
    in their order give again what live steps made of them. Outcomes of unknown arms and
    allocations are left out.

    Args:
        settings: How the rollout goes.
        progress: The state before.
        outcomes: New outcomes, in the order of the log.
        allocations: The allocations they were chosen under, by version.
    """
    arms = dict(progress.arms)
    control, baseline, n, seq = progress.control, progress.baseline, progress.n, progress.seq
    for outcome in outcomes:
        allocation = allocations.get(outcome.version)
        if allocation is None or outcome.arm not in arms:
            continue
        n += 1
        seq = max(seq, outcome.seq)
        arms[outcome.arm] = _counted(arms[outcome.arm], outcome, allocation.stage, n, settings)
        is_control = outcome.arm == control
        for arm in [each for each in arms if each != control] if is_control else [outcome.arm]:
            of_both = allocation.weights.get(arm, 0.0), allocation.weights.get(control, 0.0)
            if min(of_both) > 0:
                share = of_both[0] / sum(of_both)
                guards = arms[arm].guards
                margin = settings.margin
                watched = watch(guards, outcome, baseline, margin, share, not is_control)
                arms[arm] = replace(arms[arm], guards=watched)
        if is_control:
            baseline = baseline.add(outcome)
    return replace(progress, arms=arms, n=n, seq=seq, baseline=baseline)


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
        reports: How many choices of each arm were reported, where that is known.
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
    is_clear = not any(
        is_inconclusive(reports.get(arm), reports.get(progress.control)) for arm in progress.live
    )
    version = progress.version + 1
    events: list[Event] = []
    if is_clear:
        progress, events = decide.drop(settings, progress)
    if not progress.live:
        why = f"no candidate is left: {events[-1].why}"
        progress = replace(progress, stage=ROLLED_BACK, version=version)
        events.append(Event("rolled back", progress.control, why))
        everything = {progress.control: 1.0}
        return Step(progress, Allocation(version, ROLLED_BACK, everything, why), tuple(events))
    found = chances(settings, progress, version)
    progress, retired = decide.retire(progress, found)
    if retired:
        found = chances(settings, progress, version)
    events += retired
    leader = progress.arms[found.leader]
    if is_clear and decide.may_advance(settings, progress, leader):
        progress = replace(progress, stage=progress.stage + 1)
        fine = f"{found.leader} is not worse by {settings.margin:g}"
        why = f"{fine}: {_up_to(settings, progress.stage)}"
        events.append(Event("stage", found.leader, why))
    weights = shares(settings, progress.control, progress.stage, found)
    if not events and present is not None and _moved(present.weights, weights) < SAME:
        return Step(progress, None)
    why = "; ".join(event.why for event in events) or "shares follow the chances of being best"
    progress = replace(progress, version=version)
    return Step(progress, Allocation(version, progress.stage, weights, why), tuple(events))


def _counted(
    state: ArmState, outcome: Outcome, stage: int, n: int, settings: RolloutSettings
) -> ArmState:
    in_stage = tuple(count + (index == stage) for index, count in enumerate(state.in_stage))
    tally = state.tally.add(outcome.reward, n, settings.half_life)
    return replace(state, tally=tally, in_stage=in_stage)


def _moved(old: Mapping[str, float], new: Mapping[str, float]) -> float:
    """Returns the share of the traffic that gets another arm."""
    return sum(abs(old.get(arm, 0) - new.get(arm, 0)) for arm in {*old, *new}) / 2


def _up_to(settings: RolloutSettings, stage: int) -> str:
    return f"candidates get up to {settings.stages[stage]:.0%}"
