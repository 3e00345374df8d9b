"""The statistics of a rollout: pure functions of outcomes, without clock, files or network.

::

    step = begin(settings, control, candidates, priors, version=1)
    step = advance(settings, step.progress, outcomes, allocations)
"""

from pytest_promptevo.rollout.allocation import ROLLED_BACK, Allocation
from pytest_promptevo.rollout.decide import advance_at, drop_at
from pytest_promptevo.rollout.guard import ALPHA_SPLIT, FINE
from pytest_promptevo.rollout.missing import Reports, is_inconclusive
from pytest_promptevo.rollout.observe import observe
from pytest_promptevo.rollout.outcome import Outcome
from pytest_promptevo.rollout.posterior import Beta, Normal, Posterior, posterior_of
from pytest_promptevo.rollout.prior import Prior
from pytest_promptevo.rollout.progress import ArmState, Event, Progress, Step
from pytest_promptevo.rollout.settings import RolloutSettings
from pytest_promptevo.rollout.step import advance, begin
from pytest_promptevo.rollout.tally import Tally

__all__ = [
    "ALPHA_SPLIT",
    "FINE",
    "ROLLED_BACK",
    "Allocation",
    "ArmState",
    "Beta",
    "Event",
    "Normal",
    "Outcome",
    "Posterior",
    "Prior",
    "Progress",
    "Reports",
    "RolloutSettings",
    "Step",
    "Tally",
    "advance",
    "advance_at",
    "begin",
    "drop_at",
    "is_inconclusive",
    "observe",
    "posterior_of",
]
