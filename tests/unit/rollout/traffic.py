"""Outcomes of arms whose quality is known."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_promptevo.rollout import Outcome, RolloutSettings, advance, begin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_promptevo.rollout import Allocation, Event, Progress

CONTROL = "control"


class Rollout:
    """A rollout that is fed by simulated requests.

    Attributes:
        progress: Its state.
        present: Its allocation.
        allocations: All of them, by version.
        events: All that happened.
        log: All outcomes.
    """

    def __init__(
        self, quality: Mapping[str, float], settings: RolloutSettings | None = None, seed: int = 0
    ) -> None:
        self.settings = settings or RolloutSettings()
        self.quality = dict(quality)
        self.rng = random.Random(seed)
        candidates = [arm for arm in quality if arm != CONTROL]
        step = begin(self.settings, CONTROL, candidates, {}, version=1)
        assert step.allocation is not None
        self.progress: Progress = step.progress
        self.present: Allocation = step.allocation
        self.allocations = {1: step.allocation}
        self.events: list[Event] = list(step.events)
        self.log: list[Outcome] = []

    def outcome(self, **more: float) -> Outcome:
        """Returns the outcome of the next request."""
        arm = self.present.arm_for(self.rng.random())
        reward = float(self.rng.random() < self.quality[arm])
        seq = len(self.log) + 1
        outcome = Outcome(arm, self.present.version, reward, seq=seq, **more)  # type: ignore[arg-type]
        self.log.append(outcome)
        return outcome

    def run(
        self,
        requests: int,
        batch: int = 50,
        until: Callable[[Rollout], bool] = lambda _: False,
    ) -> Rollout:
        """Sends requests, a step after each batch."""
        for _ in range(0, requests, batch):
            self.step([self.outcome() for _ in range(batch)])
            if until(self):
                break
        return self

    def step(self, outcomes: list[Outcome], **more: object) -> None:
        """Makes a step."""
        step = advance(self.settings, self.progress, outcomes, self.allocations, **more)  # type: ignore[arg-type]
        self.progress = step.progress
        self.events += step.events
        if step.allocation is not None:
            self.present = step.allocation
            self.allocations[step.allocation.version] = step.allocation

    def kinds(self) -> list[str]:
        """Returns what happened, in order."""
        return [event.kind for event in self.events]
