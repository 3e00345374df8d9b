"""Whole rollouts in a world, made by the package's own `begin` and `advance`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.rollout import Outcome, RolloutSettings, advance, begin

from .worlds import CANDIDATES, CONTROL

if TYPE_CHECKING:
    from .worlds import World

DEFAULTS = RolloutSettings()
LAST_LOOK = 200
"""Requests between two steps once the last stage is reached."""


@dataclass(frozen=True)
class Run:
    """One rollout.

    Attributes:
        reached: The request at which the last stage began, or None.
        dropped: Whether a guard dropped a candidate.
        retired: Whether a candidate was retired.
        exposed: Requests that candidates answered.
    """

    reached: int | None
    dropped: bool
    retired: bool
    exposed: int


def roll_out(world: World, seed: int, settings: RolloutSettings = DEFAULTS) -> Run:
    """Sends a run's requests through a rollout; each outcome is known at the next step."""
    rng = random.Random(seed)
    names = CANDIDATES[: len(world.candidates)]
    step = begin(settings, CONTROL, names, {}, version=1)
    present = step.allocation
    allocations = {1: present}
    progress = step.progress
    reached, exposed, sent, kinds = None, 0, 0, set()
    while sent < world.requests and progress.stage >= 0:
        outcomes = []
        for _ in range(world.look if reached is None else LAST_LOOK):
            sent += 1
            arm = present.arm_for(rng.random())
            index = -1 if arm == CONTROL else names.index(arm)
            exposed += arm != CONTROL
            reward = float(rng.random() < world.quality(index, sent))
            outcomes.append(Outcome(arm, present.version, reward, seq=sent))
        step = advance(settings, progress, outcomes, allocations)
        progress = step.progress
        present = step.allocation or present
        allocations[present.version] = present
        kinds |= {event.kind for event in step.events}
        if reached is None and progress.stage == len(settings.stages) - 1:
            reached = sent
    return Run(reached, "dropped" in kinds, "retired" in kinds, exposed)
