"""The statistics of a rollout: pure functions of outcomes, without clock, files or network.

::

    step = begin(settings, control, candidates, priors, version=1)
    step = advance(settings, step.progress, outcomes, allocations)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.lazy import fetched_when_used

if TYPE_CHECKING:
    from pytest_promptevo.rollout.allocation import ROLLED_BACK, Allocation
    from pytest_promptevo.rollout.decide import advance_at, drop_at
    from pytest_promptevo.rollout.guard import ALPHA_SPLIT, FINE
    from pytest_promptevo.rollout.missing import Reports, is_inconclusive
    from pytest_promptevo.rollout.observing import observe
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

__getattr__, __dir__ = fetched_when_used(
    __name__,
    {
        "pytest_promptevo.rollout.allocation": (
            "ROLLED_BACK",
            "Allocation",
        ),
        "pytest_promptevo.rollout.decide": (
            "advance_at",
            "drop_at",
        ),
        "pytest_promptevo.rollout.guard": (
            "ALPHA_SPLIT",
            "FINE",
        ),
        "pytest_promptevo.rollout.missing": (
            "Reports",
            "is_inconclusive",
        ),
        "pytest_promptevo.rollout.observing": ("observe",),
        "pytest_promptevo.rollout.outcome": ("Outcome",),
        "pytest_promptevo.rollout.posterior": (
            "Beta",
            "Normal",
            "Posterior",
            "posterior_of",
        ),
        "pytest_promptevo.rollout.prior": ("Prior",),
        "pytest_promptevo.rollout.progress": (
            "ArmState",
            "Event",
            "Progress",
            "Step",
        ),
        "pytest_promptevo.rollout.settings": ("RolloutSettings",),
        "pytest_promptevo.rollout.step": (
            "advance",
            "begin",
        ),
        "pytest_promptevo.rollout.tally": ("Tally",),
    },
)
