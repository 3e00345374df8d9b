"""The statistics of a rollout: pure functions of outcomes, without clock, files or network.

::

    step = begin(settings, control, candidates, priors, version=1)
    step = advance(settings, step.progress, outcomes, allocations)
"""

from pytest_promptevo.rollout.allocation import ROLLED_BACK, Allocation
from pytest_promptevo.rollout.missing import Reports
from pytest_promptevo.rollout.outcome import Outcome
from pytest_promptevo.rollout.posterior import Beta, Normal, Posterior, posterior_of
from pytest_promptevo.rollout.prior import Prior
from pytest_promptevo.rollout.progress import ArmState, Event, Progress, Step
from pytest_promptevo.rollout.settings import RolloutSettings
from pytest_promptevo.rollout.step import advance, begin, observe
from pytest_promptevo.rollout.tally import Tally

__all__ = [
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
    "begin",
    "observe",
    "posterior_of",
]
