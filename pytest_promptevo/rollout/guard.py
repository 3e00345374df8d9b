"""The guard: evidence that a candidate is worse than the control, or that it is fine.

A draw compares candidate and control at the same time, each outcome weighted by one over its
chance: X = (value - m) (1[candidate] / p - 1[control] / (1 - p)), where p is the candidate's share
of what both get under the outcome's allocation, and m what the control's values were lately. Its
mean is the difference of the two arms' means, whatever happens to both alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.rollout.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.rollout.baseline import Baseline
    from pytest_promptevo.rollout.outcome import Outcome

ALPHA_SPLIT = {"reward": 1 / 2, "invalid": 1 / 6, "slow": 1 / 6, "dear": 1 / 6}
"""Guards that may drop a candidate, and the part of alpha that each one may spend."""

FINE = "fine"
"""The name of the evidence that a candidate's reward is not lower by the margin."""

EFFECTS = (0.03, 0.05, 0.07, 0.1, 0.15, 0.25, 0.4)
"""Differences of means that the bets of the guards are best for."""

FINE_EFFECTS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
"""The same of the evidence `FINE`, in margins above what is refuted."""

MORE_INVALID = 0.01
"""By how much more of a candidate's answers may be invalid: the reward counts them, too."""

_SMALLEST = 1e-4
"""Smallest variance of a value that bets go by."""


class Contrast(NamedTuple):
    """How an outcome counts in the comparison of a candidate with the control.

    Attributes:
        share: The candidate's share, strictly between 0 and 1, of what both get.
        is_candidate: Whose outcome it is.
    """

    share: float
    is_candidate: bool

    def draw(self, off: float) -> float:
        """Returns X of a value that is off the centre by so much."""
        return off / self.share if self.is_candidate else -off / (1 - self.share)

    def highest(self, centre: float) -> float:
        """Returns the highest possible X of a value in [0, 1]."""
        return max((1 - centre) / self.share, centre / (1 - self.share))

    def lowest(self, centre: float) -> float:
        """Returns the lowest possible X of a value in [0, 1]."""
        return -self.highest(1 - centre)

    def variance(self, of_value: float) -> float:
        """Returns about the variance of X."""
        return max(of_value, _SMALLEST) / (self.share * (1 - self.share))


def fresh() -> dict[str, Evidence]:
    """Returns the evidence about a candidate of which nothing is known."""
    return {FINE: Evidence(), **{name: Evidence.with_reserve() for name in ALPHA_SPLIT}}


def watch(
    guards: Mapping[str, Evidence],
    outcome: Outcome,
    baseline: Baseline,
    margin: float,
    contrast: Contrast,
) -> dict[str, Evidence]:
    """Returns a candidate's evidence after an outcome of it or of the control.

    Args:
        guards: The evidence before, by name.
        outcome: The outcome.
        baseline: What the control did before it.
        margin: By how much a candidate may be worse and fine.
        contrast: How the outcome counts.
    """
    centre = baseline.reward
    draw = contrast.draw(outcome.reward - centre)
    spread = contrast.variance(baseline.variance)
    highest = contrast.highest(centre)
    lowest = contrast.lowest(centre)
    effects = [margin * times for times in FINE_EFFECTS]
    # Without a way to lose there is nothing to limit; a margin so wide is a caller's choice.
    worst = max(-lowest - margin, margin)
    watched = dict(guards)
    watched["reward"] = guards["reward"].bet(-draw, highest, EFFECTS, spread)
    watched[FINE] = guards[FINE].bet(draw + margin, worst, effects, spread)
    rates = (
        ("invalid", outcome.error, baseline.invalid, MORE_INVALID),
        ("slow", baseline.is_slow(outcome.latency_ms), baseline.slow, margin),
        ("dear", baseline.is_dear(outcome.tokens), baseline.dear, margin),
    )
    for name, happened, rate, tolerated in rates:
        if happened is not None:
            watched[name] = guards[name].bet(
                contrast.draw(happened - rate) - tolerated,
                tolerated - contrast.lowest(rate),
                EFFECTS,
                contrast.variance(rate * (1 - rate)),
            )
    return watched
