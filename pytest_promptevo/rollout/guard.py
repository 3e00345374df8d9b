"""The guard: evidence that a candidate is worse than the control, or that it is fine.

A draw compares candidate and control at the same time, each outcome weighted by one over its
chance: X = (value - m) (1[candidate] / p - 1[control] / (1 - p)), where p is the candidate's share
of what both get under the outcome's allocation, and m what the control's values were lately. Its
mean is the difference of the two arms' means, whatever happens to both alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.rollout.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.rollout.baseline import Baseline
    from pytest_promptevo.rollout.outcome import Outcome

GUARDS = ("reward", "invalid", "slow", "dear")
"""Measures that may drop a candidate."""

FINE = "fine"
"""The name of the evidence that a candidate's reward is not lower by the margin."""

EFFECTS = (0.0125, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Differences of means that the bets of `GUARDS` are best for."""

FINE_EFFECTS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
"""The same of `FINE`, in margins above what is refuted."""

DARING = 0.75
"""Largest share of its wealth that a bet may lose."""

_SMALLEST_VARIANCE = 1e-4


@dataclass(frozen=True, slots=True)
class _Game:
    """What is bet on: a value in [0, 1], and by how much the candidate's mean may be off.

    Attributes:
        value: The outcome's value.
        centre: What the control's values were lately.
        variance: Their variance.
        sign: 1: high values of the candidate win the bet; -1: low ones.
        shift: Subtracted from each draw.
        effects: Means of draws that the bets are best for.
    """

    value: float
    centre: float
    variance: float
    sign: float
    shift: float
    effects: tuple[float, ...]

    def play(self, evidence: Evidence, share: float, is_candidate: bool) -> Evidence:
        """Returns the evidence after this outcome.

        Args:
            evidence: The evidence before.
            share: The candidate's share of what candidate and control get.
            is_candidate: Whose outcome it is.
        """
        rest = 1 - share
        above, below = 1 - self.centre, self.centre
        if self.sign > 0:
            worst = max(below / share, above / rest) + self.shift
        else:
            worst = max(above / share, below / rest) + self.shift
        off = self.sign * (self.value - self.centre)
        draw = (off / share if is_candidate else -off / rest) - self.shift
        spread = max(self.variance, _SMALLEST_VARIANCE) / (share * rest)
        most = DARING / max(worst, 1e-9)
        return evidence.bet(draw, [min(effect / spread, most) for effect in self.effects])


def fresh() -> dict[str, Evidence]:
    """Returns the evidence about a candidate of which nothing is known."""
    return {name: Evidence() for name in (FINE, *GUARDS)}


def watch(
    guards: Mapping[str, Evidence],
    outcome: Outcome,
    baseline: Baseline,
    margin: float,
    share: float,
    is_candidate: bool,
) -> dict[str, Evidence]:
    """Returns a candidate's evidence after an outcome of it or of the control.

    Args:
        guards: The evidence before, by name.
        outcome: The outcome.
        baseline: What the control did before it.
        margin: By how much a candidate may be worse and fine.
        share: The candidate's share, strictly between 0 and 1, of what it and the control get.
        is_candidate: Whether the outcome is the candidate's.
    """
    games = _games(outcome, baseline, margin)
    return {
        name: games[name].play(evidence, share, is_candidate) if name in games else evidence
        for name, evidence in guards.items()
    }


def _games(outcome: Outcome, baseline: Baseline, margin: float) -> dict[str, _Game]:
    reward = (outcome.reward, baseline.reward, baseline.variance)
    fine_effects = tuple(margin * times for times in FINE_EFFECTS)
    games = {
        "reward": _Game(*reward, -1, 0, EFFECTS),
        FINE: _Game(*reward, 1, -margin, fine_effects),
        "invalid": _rate(outcome.error, baseline.invalid, 0),
    }
    is_slow = baseline.is_slow(outcome.latency_ms)
    if is_slow is not None:
        games["slow"] = _rate(is_slow, baseline.slow, margin)
    is_dear = baseline.is_dear(outcome.tokens)
    if is_dear is not None:
        games["dear"] = _rate(is_dear, baseline.dear, margin)
    return games


def _rate(value: bool, share: float, tolerated: float) -> _Game:
    return _Game(value, share, share * (1 - share), 1, tolerated, EFFECTS)
