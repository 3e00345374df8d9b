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

    import numpy as np

MOST = 0.9
"""Largest share of the wealth that one bet may lose."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Guess:
    """What is believed before the first draw; a bad guess costs draws, never validity.

    Attributes:
        mean: Mean of X: 0.5 for two equals, more for a child that loses.
        variance: Variance of X.
        weight: How many draws the belief counts for.
    """

    mean: float = 0.5
    variance: float = 0.07
    weight: float = 4.0


class EProcess:
    """Evidence that the mean of draws X in [0, 1] is above a bound.

    Args:
        bound: The mean that is to be refuted.
        population: Number of values that are drawn without replacement and whose mean
            is meant; None for independent draws.
        guess: What the bets start from.

    Attributes:
        wealth: Starts at 1. If the mean is at most the bound, it ever reaches w with
            probability at most 1 / w.
    """

    def __init__(self, bound: float, population: int | None, guess: Guess) -> None:
        self.wealth = 1.0
        self._bound = bound
        self._population = population
        self._guess = guess

    def bet(self, past: Sequence[float], x: float) -> None:
        """Takes a draw into account.

        Args:
            past: All earlier draws, those from before the process began included.
            x: The new draw.
        """
        fair = self._fair(past)
        if 0 <= fair < 1:
            self.wealth *= 1 + self._stake(past, fair) * (x - fair)
        if self._refuted(math.fsum(past) + x):
            self.wealth = math.inf

    def _refuted(self, total: float) -> bool:
        """Whether even draws of nothing but 0 would leave the mean above the bound."""
        population = self._population
        return population is not None and total > population * self._bound + _ROUNDING

    def _fair(self, past: Sequence[float]) -> float:
        """Returns the largest mean that the hypothesis leaves for the next draw."""
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


class Race:
    """One child against the incumbent, on examples in an order of its own.

    The hypothesis is that the child is better than every incumbent it meets, by at
    least delta. So the incumbent may change between blocks and the wealth stays: under
    the hypothesis each bet is fair or worse, whoever the rival.

    "Better" is meant on the answers that this search draws, one for each example, also at
    a temperature above 0: only a child that wins on these can be recommended. A child that
    is better in the long run and unlucky here may be dropped more often than alpha says.

    Args:
        examples: Number of examples.
        seen: Examples that the child had seen before.
        delta: By how much the child must be better, on a scale from 0 to 1.
        guess: What the bets start from.
        rng: Source of the order of the other examples.

    Attributes:
        seen: Examples drawn so far, in their order.
        left: Examples to come.
    """

    def __init__(
        self,
        examples: int,
        seen: Sequence[int],
        delta: float,
        guess: Guess,
        rng: np.random.Generator,
    ) -> None:
        before = set(seen)
        self.seen = list(seen)
        self.left = [int(index) for index in rng.permutation(examples) if int(index) not in before]
        self._evidence = EProcess((1 - delta) / 2, examples, guess)

    def block(self, size: int) -> list[int]:
        """Returns the next examples, without drawing them."""
        return self.left[:size]

    def run(self, size: int, child: np.ndarray, rival: np.ndarray) -> None:
        """Draws the next examples.

        Args:
            size: How many.
            child: The child's values in [0, 1] by example, known for all of them.
            rival: The incumbent's, known for all examples drawn so far and now.
        """
        past = [(float(rival[index] - child[index]) + 1) / 2 for index in self.seen]
        for index in self.block(size):
            x = (float(rival[index] - child[index]) + 1) / 2
            self._evidence.bet(past, x)
            past.append(x)
            self.seen.append(index)
        self.left = self.left[size:]

    def lost(self, alpha: float) -> bool:
        """Whether the evidence suffices to drop the child."""
        return self._evidence.wealth >= 1 / alpha
