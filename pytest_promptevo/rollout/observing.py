"""Outcomes become tallies and evidence, whatever is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.rollout.guard import Contrast, watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.rollout.allocation import Allocation
    from pytest_promptevo.rollout.outcome import Outcome
    from pytest_promptevo.rollout.progress import Progress
    from pytest_promptevo.rollout.settings import RolloutSettings


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
