"""Worlds whose truth is known: how good each arm is, request by request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


CONTROL = "control"
CANDIDATES = ("first", "second", "third")


@dataclass(frozen=True)
class World:
    """Traffic to a control and candidates; an answer is right (reward 1) or wrong (0).

    Attributes:
        name: What the tables call it.
        control: How often the control is right.
        candidates: How often each candidate is right.
        requests: Length of a run.
        look: Requests between two steps of the controller.
        falls: Where all arms lose 40 points, as (first request, last request).
    """

    name: str
    control: float
    candidates: tuple[float, ...]
    requests: int
    look: int = 50
    falls: tuple[tuple[int, int], ...] = ()

    def quality(self, arm: int, request: int) -> float:
        """Returns how often an arm is right at a request; arm -1 is the control."""
        usual = self.control if arm < 0 else self.candidates[arm]
        is_bad = any(first <= request <= last for first, last in self.falls)
        return usual - 0.4 if is_bad else usual


EQUAL = World("equal", 0.8, (0.8,), 8_000)
THREE = World("three candidates, all equal", 0.8, (0.8, 0.8, 0.8), 5_000, look=250)
FALLING = World("equal, all fall", 0.8, (0.8,), 8_000, falls=((300, 700), (1_500, 2_500)))
FALLING_THREE = World(
    "three equal, all fall", 0.8, (0.8, 0.8, 0.8), 5_000, 250, ((300, 700), (1_500, 2_500))
)
WORSE_5 = World("5 points worse", 0.8, (0.75,), 20_000)
WORSE_10 = World("10 points worse", 0.8, (0.7,), 10_000)
WORSE_20 = World("20 points worse", 0.8, (0.6,), 5_000)
BETTER_5 = World("5 points better", 0.8, (0.85,), 4_000)
BETTER_10 = World("10 points better", 0.8, (0.9,), 2_500)

SINGLE = (EQUAL, FALLING, WORSE_5, WORSE_10, WORSE_20, BETTER_5, BETTER_10)
"""The worlds with one candidate, in which methods are compared."""

SEVERAL = (THREE, FALLING_THREE)
"""The worlds with three."""

QUALITIES = (0.80, 0.85, 0.83, 0.78)
"""The four arms of the regret tables."""

SCALE = 0.8
"""The part of the reward that is quality; the rest is about speed and cost, the same for all."""


def right_or_wrong(rng: np.random.Generator, quality: np.ndarray) -> np.ndarray:
    """Returns rewards of answers that are right or wrong."""
    is_right = rng.random(quality.shape) < quality
    return SCALE * is_right + _rest(rng, quality)


def graded(rng: np.random.Generator, quality: np.ndarray) -> np.ndarray:
    """Returns rewards of answers that have a grade in [0, 1]."""
    return SCALE * rng.beta(3 * quality, 3 * (1 - quality)) + _rest(rng, quality)


def _rest(rng: np.random.Generator, quality: np.ndarray) -> np.ndarray:
    return (1 - SCALE) * rng.beta(8, 2, quality.shape)
