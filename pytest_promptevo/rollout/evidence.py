"""Evidence as the wealth of a gambler who bets against a hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

BETS = 7
"""How many bets are mixed."""

INVESTED = 0.5
"""Share of the wealth that bets from the first outcome on, where there is a reserve."""

PATIENCE = 500
"""Outcomes after which half of a reserve has come into play."""

DARING = 0.75
"""Largest share of its wealth that a bet may lose."""

_MOST = 1e12
"""Wealth beyond which nothing is gained."""


class Evidence(NamedTuple):
    """The wealth of an e-process: a mixture of fixed bets, and a reserve for later ones.

    Under the hypothesis it ever reaches w with probability at most 1 / w, however often one looks
    (Ville's inequality; Waudby-Smith and Ramdas 2024, "Estimating means of bounded random
    variables by betting"). A reserve is fed into the bets bit by bit: a mixture over
    the times at which betting starts, so that an arm which turns bad late is found, too.

    Attributes:
        bets: Wealth of each bet.
        reserve: Wealth that does not bet yet.
        n: Number of outcomes.
    """

    bets: tuple[float, ...] = (1 / BETS,) * BETS
    reserve: float = 0.0
    n: int = 0

    @classmethod
    def with_reserve(cls) -> Evidence:
        """Returns no evidence yet, with a part of the wealth for later."""
        return cls((INVESTED / BETS,) * BETS, 1 - INVESTED)

    @property
    def wealth(self) -> float:
        """The evidence against the hypothesis; 1: none."""
        return self.reserve + sum(self.bets)

    def bet(self, draw: float, worst: float, effects: Sequence[float], variance: float) -> Evidence:
        """Returns the evidence after one more draw.

        All arguments but the draw are known before it.

        Args:
            draw: The draw, whose mean is at most 0 by the hypothesis.
            worst: No draw is below minus this; above 0.
            effects: Means of draws that the bets are best for.
            variance: About the variance of draws.
        """
        moved = self.reserve / (self.n + PATIENCE)
        part = moved / BETS
        most = DARING / worst
        bold = 1 + most * draw
        slope = draw / variance
        limit = most * variance
        bets = [
            (wealth + part) * (1 + effect * slope if effect < limit else bold)
            for wealth, effect in zip(self.bets, effects, strict=True)
        ]
        if sum(bets) > _MOST:
            bets = [min(wealth, _MOST / BETS) for wealth in bets]
        return Evidence(tuple(bets), self.reserve - moved, self.n + 1)

    def to_plain(self) -> list[float]:
        """Returns JSON-able data."""
        return [*self.bets, self.reserve, self.n]

    @classmethod
    def from_plain(cls, plain: Sequence[float]) -> Evidence:
        """Returns the evidence that `to_plain` was called of."""
        *bets, reserve, n = plain
        return cls(tuple(map(float, bets)), float(reserve), int(n))
