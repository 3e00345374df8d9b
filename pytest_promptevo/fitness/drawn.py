"""Whether examples that are drawn several times pass less often than before, beyond chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 1e-4
"""What the rounding of the lock leaves of a whole number of draws."""


class Draws(NamedTuple):
    """How often an example was drawn independently, then and now."""

    then: int
    now: int


class Stratum(NamedTuple):
    """The draws of one example: how many there are, and how many of them passed."""

    draws: Draws
    passed_then: int
    passed_now: int

    @classmethod
    def of(cls, draws: Draws, before: float, now: float) -> Stratum:
        """Returns an example by its mean qualities, as if each draw passed or failed.

        Parts of a quality are rounded so that it falls less.
        """
        return cls(
            draws,
            math.floor(before * draws.then + _DIGITS),
            math.ceil(now * draws.now - _DIGITS),
        )


def drawn_fall_p(strata: Sequence[Stratum]) -> float:
    """Returns the one-sided mid-p-value of the hypothesis that no example's chance fell.

    Where nothing has changed, any of an example's draws may as well have been those of then as
    those of now. So of all that passed the draws of now have a hypergeometric share; the
    examples' sum is convolved, not sampled (the exact test of stratified 2 x 2 tables,
    Mantel and Haenszel 1959, Zelen 1971). Half of the probability of the sum that was seen
    counts, as in `fitness.paired.fall_p`.

    Args:
        strata: The examples.
    """
    import numpy as np  # most runs replay what the lock knows: then nothing has moved

    # An example whose draws all passed, or all failed, tells nothing.
    mixed = [each for each in strata if 0 < each.passed_then + each.passed_now < sum(each.draws)]
    chances = np.ones(1)
    for each in mixed:
        chances = np.convolve(chances, _hypergeometric(each))
    seen = sum(each.passed_now for each in mixed)
    return float(chances[:seen].sum() + chances[seen] / 2)


def _hypergeometric(stratum: Stratum) -> list[float]:
    """Returns the chances that 0, 1, ... of the draws of now are among those that passed."""
    then, now = stratum.draws
    passed = stratum.passed_then + stratum.passed_now
    ways = [
        math.comb(passed, count) * math.comb(then + now - passed, now - count)
        for count in range(now + 1)
    ]
    return [way / math.comb(then + now, now) for way in ways]
