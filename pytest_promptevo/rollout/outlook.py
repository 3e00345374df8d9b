"""What comes next in a rollout, and after about how many requests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal, NamedTuple

from pytest_promptevo.rollout.allocation import ROLLED_BACK
from pytest_promptevo.rollout.decide import advance_at, drop_at
from pytest_promptevo.rollout.evidence import BETS, Evidence
from pytest_promptevo.rollout.guard import FINE, Contrast, fresh, watch
from pytest_promptevo.rollout.missing import Reports
from pytest_promptevo.rollout.outcome import Outcome
from pytest_promptevo.rollout.weights import chances, is_last

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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

    The logarithm of a bet's wealth is a random walk, whose steps are those of the rules
    themselves, for outcomes with the means and spreads that were seen; told is the median of
    the time at which it first reaches what is needed.

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
    walks = _walks(settings, progress, leader, share / (share + rest))
    per_request = max(share * seen[0] + rest * seen[1], 1e-9)
    state = both[0]
    needed = {
        "stage": (FINE, advance_at(settings, progress.stage)),
        "dropped": (_WORSE, drop_at(settings, progress, _WORSE)),
    }
    steps = {
        event: _outcomes(state.guards[guard], walks[guard], wealth) / per_request
        for event, (guard, wealth) in needed.items()
    }
    missing = settings.min_outcomes - state.in_stage[progress.stage]
    steps["stage"] = max(steps["stage"], missing / max(share * seen[0], 1e-9))
    if min(steps.values()) > FARTHEST:
        return Outlook("unclear", leader)
    if steps["stage"] <= steps["dropped"]:
        return Outlook("stage", leader, math.ceil(steps["stage"]))
    return Outlook("dropped", leader, math.ceil(steps["dropped"]))


class Walk(NamedTuple):
    """What one outcome adds to the logarithm of a bet's wealth.

    Attributes:
        mean: Its mean.
        variance: Its variance.
    """

    mean: float
    variance: float


def _walks(
    settings: RolloutSettings, progress: Progress, leader: str, share: float
) -> dict[str, list[Walk]]:
    """Returns the walk of each bet, by guard."""
    unit = dict.fromkeys(fresh(), Evidence((1.0,) * BETS))
    sums = {guard: [(0.0, 0.0)] * BETS for guard in (FINE, _WORSE)}
    for arm, chance in ((leader, share), (progress.control, 1 - share)):
        contrast = Contrast(share, arm == leader)
        for reward, weight in _two_points(progress.arms[arm]):
            outcome = Outcome(arm, progress.version, reward)
            after = watch(unit, outcome, progress.baseline, settings.margin, contrast)
            for guard, before in sums.items():
                steps = [math.log(max(wealth, 1e-12)) for wealth in after[guard].bets]
                sums[guard] = [
                    (first + chance * weight * step, second + chance * weight * step * step)
                    for (first, second), step in zip(before, steps, strict=True)
                ]
    return {
        guard: [Walk(first, second - first * first) for first, second in each]
        for guard, each in sums.items()
    }


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


def _outcomes(evidence: Evidence, walks: list[Walk], needed: float) -> float:
    """Returns the median number of outcomes until there is as much evidence as needed."""
    if evidence.wealth >= needed:
        return 0.0
    # A reserve comes into play bit by bit: about half of it does while it matters.
    parts = [max(bet + evidence.reserve / 2 / BETS, 1e-300) for bet in evidence.bets]
    rate, best = max((walk.mean, index) for index, walk in enumerate(walks))
    if rate <= 0:
        return math.inf
    spread = math.sqrt(max(walks[best].variance, 1e-18))

    def wealth(outcomes: float) -> float:
        powers = (min(walk.mean * outcomes, 600.0) for walk in walks)
        return sum(part * math.exp(power) for part, power in zip(parts, powers, strict=True))

    mean = _first(lambda outcomes: wealth(outcomes) >= needed)
    height = math.log(needed / sum(parts))
    if height <= 0 or not mean < math.inf:
        return mean
    drift = height / mean
    return _first(lambda outcomes: _has_reached(height, drift, spread, outcomes) >= 0.5)


def _has_reached(height: float, drift: float, spread: float, time: float) -> float:
    """Returns the chance that a random walk has reached a height by a time.

    That of Brownian motion with drift, whose first passage has the inverse Gaussian distribution
    (Chhikara and Folks 1989, "The Inverse Gaussian Distribution").
    """
    unit = spread * math.sqrt(time)
    normal = NormalDist()
    straight = normal.cdf((drift * time - height) / unit)
    power = min(2 * drift * height / spread**2, 600.0)
    return straight + math.exp(power) * normal.cdf(-(drift * time + height) / unit)


def _first(is_reached: Callable[[float], bool]) -> float:
    """Returns about the first number from 1 on that something holds for; infinite: none."""
    high = 1.0
    while not is_reached(high):
        high *= 2
        if high > FARTHEST:
            return math.inf
    low = high / 2
    while high - low > max(0.5, high * 1e-3):
        middle = (low + high) / 2
        low, high = (low, middle) if is_reached(middle) else (middle, high)
    return high
