"""A race: a child draws examples one by one until it is clear that it is not the best.

The test is a betting martingale (Waudby-Smith and Ramdas 2024, "Estimating means of
bounded random variables by betting"). It may be looked at after every draw: whatever
the number of looks, a child that is truly better is dropped with probability at most
the promised alpha (Ville's inequality).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 0.9
"""Largest share of its wealth that a bet may lose."""


@dataclass(frozen=True)
class Guess:
    """What is believed about a race before its first draw; it sharpens bets, never biases.

    Attributes:
        mean: Mean of X, 0.5 being a draw and more a loss of the child.
        variance: Variance of X.
        weight: How many draws the belief counts for.
    """

    mean: float = 0.5
    variance: float = 0.25
    weight: float = 1.0


class EProcess:
    """Evidence that the mean of draws X in [0, 1] is above a bound.

    Its `wealth` starts at 1 and, if the mean is at most the bound, exceeds w with
    probability at most 1 / w.

    Args:
        bound: The mean that is to be refuted.
        population: Number of draws without replacement in which the mean is taken;
            None for independent draws.
        guess: What the bets start from.
    """

    def __init__(self, bound: float, population: int | None, guess: Guess) -> None:
        self.wealth = 1.0
        self._bound = bound
        self._population = population
        self._guess = guess

    def bet(self, past: Sequence[float], x: float) -> None:
        """Takes a draw into account.

        Args:
            past: All earlier draws, also those from before the process began. They may be
                measured against another rival than before, if their bound is the same.
            x: The new draw.
        """
        fair = self._fair(past)
        if fair < 0:
            self.wealth = math.inf
        elif fair < 1:
            self.wealth *= 1 + self._stake(past, fair) * (x - fair)

    def _fair(self, past: Sequence[float]) -> float:
        """Returns the largest mean of the next draw under the hypothesis."""
        if self._population is None:
            return self._bound
        left = self._population - len(past)
        return (self._population * self._bound - math.fsum(past)) / left

    def _stake(self, past: Sequence[float], fair: float) -> float:
        weight = self._guess.weight + len(past)
        mean = (self._guess.weight * self._guess.mean + math.fsum(past)) / weight
        spread = math.fsum((x - mean) ** 2 for x in past)
        variance = (self._guess.weight * self._guess.variance + spread) / weight
        edge = mean - fair
        if edge <= 0:
            return 0.0
        most = MOST / fair if fair > 0 else math.inf
        return min(edge / (variance + edge * edge), most)
