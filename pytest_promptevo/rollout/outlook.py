"""What comes next in a rollout, and after about how many requests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_promptevo.rollout.allocation import ROLLED_BACK
from pytest_promptevo.rollout.decide import advance_at, drop_at
from pytest_promptevo.rollout.evidence import BETS, Evidence
from pytest_promptevo.rollout.guard import FINE, Contrast, fresh, watch
from pytest_promptevo.rollout.missing import Reports
from pytest_promptevo.rollout.outcome import Outcome
from pytest_promptevo.rollout.weights import chances, is_last

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_promptevo.rollout.allocation import Allocation
    from pytest_promptevo.rollout.progress import ArmState, Progress
    from pytest_promptevo.rollout.settings import RolloutSettings
    from pytest_promptevo.rollout.tally import Tally

FEWEST = 20
"""Outcomes of candidate and control below which nothing is foretold."""

FARTHEST = 1_000_000
"""Requests beyond which nothing is foretold."""

_WORSE = "reward"


@dataclass(frozen=True)
class Outlook:
    """What comes next, if outcomes go on as they did.

    Attributes:
        next: The event: ``stage`` or ``dropped``; ``last``: the last stage is reached;
            ``over``: no candidate is left; ``unclear``: the figures say nothing yet.
        arm: The candidate that leads, where there is one.
        requests: About how many more requests it takes, where that can be told.
    """

    next: Literal["stage", "dropped", "last", "over", "unclear"]
    arm: str = ""
    requests: int | None = None


def outlook(
    settings: RolloutSettings,
    progress: Progress,
    allocation: Allocation,
    reports: Mapping[str, Reports],
) -> Outlook:
    """Returns what comes next for the leading candidate.

    Wealth grows by the mean logarithm of what an outcome multiplies it with: that of the rules
    themselves, for outcomes with the means and spreads that were seen.

    Args:
        settings: How the rollout goes.
        progress: The present state.
        allocation: The present allocation.
        reports: How many choices of each arm were reported.
    """
    if progress.stage == ROLLED_BACK or not progress.live:
        return Outlook("over")
    if is_last(settings, progress.stage):
        return Outlook("last")
    leader = chances(settings, progress, progress.version).leader
    share = allocation.weights.get(leader, 0.0)
    rest = allocation.weights.get(progress.control, 0.0)
    both = (progress.arms[leader], progress.arms[progress.control])
    if min(share, rest) <= 0 or min(state.tally.n for state in both) < FEWEST:
        return Outlook("unclear", leader)
    seen = [reports.get(arm, Reports(0, 0)).share for arm in (leader, progress.control)]
    growth = _growth(settings, progress, leader, share / (share + rest))
    per_request = share * seen[0] + rest * seen[1]
    state, needed = both[0], advance_at(settings, progress.stage)
    steps = {
        "stage": _outcomes(state.guards[FINE], growth[FINE], needed) / max(per_request, 1e-9),
        "dropped": _outcomes(
            state.guards[_WORSE], growth[_WORSE], drop_at(settings, progress, _WORSE)
        )
        / max(per_request, 1e-9),
    }
    missing = settings.min_outcomes - state.in_stage[progress.stage]
    steps["stage"] = max(steps["stage"], missing / max(share * seen[0], 1e-9))
    if min(steps.values()) > FARTHEST:
        return Outlook("unclear", leader)
    if steps["stage"] <= steps["dropped"]:
        return Outlook("stage", leader, math.ceil(steps["stage"]))
    return Outlook("dropped", leader, math.ceil(steps["dropped"]))


def _growth(
    settings: RolloutSettings, progress: Progress, leader: str, share: float
) -> dict[str, list[float]]:
    """Returns the mean logarithm of what an outcome multiplies each bet with, by guard."""
    unit = dict.fromkeys(fresh(), Evidence((1.0,) * BETS))
    growth = {guard: [0.0] * BETS for guard in (FINE, _WORSE)}
    for arm, chance in ((leader, share), (progress.control, 1 - share)):
        contrast = Contrast(share, arm == leader)
        for reward, weight in _two_points(progress.arms[arm]):
            outcome = Outcome(arm, progress.version, reward)
            after = watch(unit, outcome, progress.baseline, settings.margin, contrast)
            for guard, sums in growth.items():
                for index, wealth in enumerate(after[guard].bets):
                    sums[index] += chance * weight * math.log(max(wealth, 1e-12))
    return growth


def _two_points(state: ArmState) -> Iterator[tuple[float, float]]:
    """Yields two rewards in [0, 1] with their chances: of the mean and the variance seen."""
    mean, variance = _moments(state.tally)
    spread = math.sqrt(variance)
    if variance < 1e-9:
        yield mean, 1.0
        return
    if mean + spread > 1:
        low, high = mean - variance / (1 - mean), 1.0
    elif mean < spread:
        low, high = 0.0, mean + variance / mean
    else:
        low, high = mean - spread, mean + spread
    low, high = max(low, 0.0), min(high, 1.0)
    upper = (mean - low) / (high - low)
    yield high, upper
    yield low, 1 - upper


def _moments(tally: Tally) -> tuple[float, float]:
    mean = min(max(tally.total / tally.n, 0.0), 1.0)
    variance = max(tally.squares / tally.n - mean * mean, 0.0)
    return mean, min(variance, mean * (1 - mean))


def _outcomes(evidence: Evidence, growth: list[float], needed: float) -> float:
    """Returns how many outcomes it takes until one of the bets alone is worth what is needed."""
    if evidence.wealth >= needed:
        return 0.0
    times = [
        math.log(needed / max(wealth, 1e-300)) / rate
        for wealth, rate in zip(evidence.bets, growth, strict=True)
        if rate > 0
    ]
    return min(times, default=math.inf)
