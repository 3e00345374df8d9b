"""One step of a rollout: a pure function of state and outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.rollout import decide
from pytest_promptevo.rollout.allocation import ROLLED_BACK, Allocation
from pytest_promptevo.rollout.guard import Contrast, fresh, watch
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
    ledger = _Ledger(settings, progress)
    for outcome in outcomes:
        allocation = allocations.get(outcome.version)
        if allocation is not None and outcome.arm in progress.arms:
            ledger.add(outcome, allocation)
    return ledger.progress()


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
        found = chances(settings, progress, version)
    weights = shares(settings, progress.control, progress.stage, found)
    if not events and present is not None and _moved(present.weights, weights) < SAME:
        return Step(progress, None)
    why = "; ".join(event.why for event in events) or "shares follow the chances of being best"
    progress = replace(progress, version=version)
    return Step(progress, Allocation(version, progress.stage, weights, why), tuple(events))


def _moved(old: Mapping[str, float], new: Mapping[str, float]) -> float:
    """Returns the share of the traffic that gets another arm."""
    return sum(abs(old.get(arm, 0) - new.get(arm, 0)) for arm in {*old, *new}) / 2


def _up_to(settings: RolloutSettings, stage: int) -> str:
    return f"candidates get up to {settings.stages[stage]:.0%}"


class _Ledger:
    """The parts of a progress that outcomes change, while they come."""

    def __init__(self, settings: RolloutSettings, progress: Progress) -> None:
        self._settings = settings
        self._before = progress
        self._n = progress.n
        self._seq = progress.seq
        self._baseline = progress.baseline
        self._tallies = {arm: state.tally for arm, state in progress.arms.items()}
        self._in_stage = {arm: list(state.in_stage) for arm, state in progress.arms.items()}
        self._guards = {
            arm: state.guards for arm, state in progress.arms.items() if arm != progress.control
        }

    def add(self, outcome: Outcome, allocation: Allocation) -> None:
        """Takes one outcome into account."""
        arm, control = outcome.arm, self._before.control
        self._n += 1
        self._seq = max(self._seq, outcome.seq)
        self._tallies[arm] = self._tallies[arm].add(
            outcome.reward, self._n, self._settings.half_life
        )
        if 0 <= allocation.stage < len(self._in_stage[arm]):
            self._in_stage[arm][allocation.stage] += 1
        for candidate in self._guards if arm == control else (arm,):
            self._watch(candidate, outcome, allocation)
        if arm == control:
            self._baseline = self._baseline.add(outcome)

    def _watch(self, candidate: str, outcome: Outcome, allocation: Allocation) -> None:
        share = allocation.weights.get(candidate, 0.0)
        rest = allocation.weights.get(self._before.control, 0.0)
        if share > 0 and rest > 0:
            self._guards[candidate] = watch(
                self._guards[candidate],
                outcome,
                self._baseline,
                self._settings.margin,
                Contrast(share / (share + rest), outcome.arm == candidate),
            )

    def progress(self) -> Progress:
        """Returns the progress as it is now."""
        arms = {
            arm: replace(
                state,
                tally=self._tallies[arm],
                in_stage=tuple(self._in_stage[arm]),
                guards=self._guards.get(arm, state.guards),
            )
            for arm, state in self._before.arms.items()
        }
        return replace(self._before, arms=arms, n=self._n, seq=self._seq, baseline=self._baseline)
