"""What other rollouts do: z tests, canary windows, mSPRT, and Thompson sampling alone.

All of them go through the stages of the package: 10 %, 50 %, 95 %.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Protocol

from pytest_promptevo.rollout import Normal, Prior

from .rollouts import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from .worlds import World

STAGES = (0.1, 0.5, 0.95)
LOOK = 50
STAGE_LENGTH = 1_200
"""Requests after which a stage ends where time alone decides."""

ALPHA = 0.05
MARGIN = 0.05


@dataclass
class Sums:
    """What pooled means are made of, for control and candidate."""

    n: list[int] = field(default_factory=lambda: [0, 0])
    right: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def add(self, is_candidate: bool, reward: float) -> None:
        """Counts an outcome."""
        self.n[is_candidate] += 1
        self.right[is_candidate] += reward

    def difference(self) -> tuple[float, float]:
        """Returns the candidate's mean minus the control's, and its variance."""
        means = [right / n for right, n in zip(self.right, self.n, strict=True)]
        shared = sum(self.right) / sum(self.n)
        variance = max(shared * (1 - shared), 1e-4) * sum(1 / n for n in self.n)
        return means[1] - means[0], variance


class Rival(Protocol):
    """Decides at each look."""

    share: float
    """The candidate's share of the traffic."""

    stage: int
    is_dropped: bool

    def look(self, everything: Sums, lately: Sums, requests: int) -> None:
        """Looks at all outcomes, at those since the last look, and at the clock."""


class _Staged:
    def __init__(self) -> None:
        self.stage = 0
        self.is_dropped = False
        self.began = 0

    @property
    def share(self) -> float:
        return STAGES[self.stage]

    def next_stage(self, requests: int) -> None:
        self.stage += 1
        self.began = requests

    def after_time(self, requests: int) -> None:
        if self.stage < 2 and requests - self.began >= STAGE_LENGTH:
            self.next_stage(requests)


class ZTest(_Staged):
    """A one-sided z test of the pooled means at each look; stages end by time."""

    def look(self, everything: Sums, lately: Sums, requests: int) -> None:
        if min(everything.n) >= 5:
            difference, variance = everything.difference()
            self.is_dropped = difference / math.sqrt(variance) < -1.645
        self.after_time(requests)


class Canary(_Staged):
    """Windows of 400 requests: three in which the candidate is worse by 10 points end it."""

    def __init__(self) -> None:
        super().__init__()
        self.window = Sums()
        self.failures = 0

    def look(self, everything: Sums, lately: Sums, requests: int) -> None:
        for index in (0, 1):
            self.window.n[index] += lately.n[index]
            self.window.right[index] += lately.right[index]
        if requests % 400 == 0:
            if min(self.window.n):
                self.failures += self.window.difference()[0] < -0.1
            self.window = Sums()
        self.is_dropped = self.failures >= 3
        self.after_time(requests)


class Msprt(_Staged):
    """Mixture sequential probability ratio tests on pooled means, to drop and to advance."""

    def look(self, everything: Sums, lately: Sums, requests: int) -> None:
        if not min(everything.n):
            return
        difference, variance = everything.difference()
        self.is_dropped = difference < 0 and _mixture_ratio(difference, variance) >= 1 / ALPHA
        needed = (5.0, 1 / 0.03, math.inf)[self.stage]
        above = difference + MARGIN
        if above > 0 and _mixture_ratio(above, variance) >= needed:
            self.next_stage(requests)


class ThompsonAlone:
    """Shares by the chance of being best: neither stages nor a guard."""

    def __init__(self) -> None:
        self.share = 0.5
        self.stage = 0
        self.is_dropped = False

    def look(self, everything: Sums, lately: Sums, requests: int) -> None:
        control, candidate = (
            Normal(Prior(), everything.n[index], everything.right[index], everything.right[index])
            for index in (0, 1)
        )
        variance = sum(each.scale / each.shape / each.count for each in (control, candidate))
        self.share = NormalDist().cdf((candidate.mean - control.mean) / math.sqrt(variance))
        self.is_dropped = self.share < 0.005
        self.stage = 2 if self.share >= 0.95 or self.stage == 2 else 0


RIVALS: dict[str, Callable[[], Rival]] = {
    "z test at each look": ZTest,
    "canary windows, failure limit 3": Canary,
    "mSPRT on pooled means": Msprt,
    "Thompson alone": ThompsonAlone,
}


def roll_out(rival: Rival, world: World, seed: int) -> Run:
    """Sends a run's requests through a rival's rollout; stages end with the last one's begin."""
    rng = random.Random(seed)
    everything, lately = Sums(), Sums()
    reached, exposed = None, 0
    for request in range(1, world.requests + 1):
        is_candidate = rng.random() < rival.share
        exposed += is_candidate
        reward = float(rng.random() < world.quality(0 if is_candidate else -1, request))
        everything.add(is_candidate, reward)
        lately.add(is_candidate, reward)
        if request % LOOK == 0:
            rival.look(everything, lately, request)
            lately = Sums()
            if rival.is_dropped:
                return Run(reached, True, False, exposed)
            if reached is None and rival.stage == 2:
                reached = request
                if isinstance(rival, _Staged):
                    break
    return Run(reached, False, False, exposed)


def _mixture_ratio(difference: float, variance: float) -> float:
    """Returns the ratio of likelihoods, N(0, 0.1) mixed over the difference against none."""
    mixed = 0.1**2
    exponent = mixed * difference**2 / (2 * variance * (variance + mixed))
    return math.sqrt(variance / (variance + mixed)) * math.exp(min(exponent, 700))
