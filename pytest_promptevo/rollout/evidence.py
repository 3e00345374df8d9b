"""Evidence as the wealth of a gambler who bets against a hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BETS = 7
"""How many bets are mixed."""

INVESTED = 0.5
"""Share of the wealth that bets from the first outcome on."""

PATIENCE = 500
"""Outcomes after which half of the reserve has come into play."""

_MOST = 1e12
"""Wealth of a bet beyond which nothing is gained."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The wealth of an e-process: a mixture of fixed bets, and a reserve for later ones.

    Under the hypothesis it ever reaches w with probability at most 1 / w, however often one looks
    (Ville's inequality; Waudby-Smith and Ramdas 2024, "Estimating means of bounded random
    variables by betting"). The reserve is fed into the bets bit by bit: a mixture over
    the times at which betting starts, so that an arm which turns bad late is found, too.

    Attributes:
        bets: Wealth of each bet.
        reserve: Wealth that does not bet yet.
        n: Number of outcomes.
    """

    bets: tuple[float, ...] = (INVESTED / BETS,) * BETS
    reserve: float = 1 - INVESTED
    n: int = 0

    @property
    def wealth(self) -> float:
        """The evidence against the hypothesis; 1: none."""
        return self.reserve + sum(self.bets)

    def bet(self, draw: float, stakes: Sequence[float]) -> Evidence:
        """Returns the evidence after one more draw, whose mean is at most 0 by the hypothesis.

        Args:
            draw: The draw.
            stakes: One a bet, known before the draw; no draw times stake is below -1.
        """
        moved = self.reserve / (self.n + PATIENCE)
        part = moved / BETS
        return Evidence(
            tuple(
                min((wealth + part) * (1 + stake * draw), _MOST)
                for wealth, stake in zip(self.bets, stakes, strict=True)
            ),
            self.reserve - moved,
            self.n + 1,
        )

    def to_plain(self) -> list[float]:
        """Returns JSON-able data."""
        return [*self.bets, self.reserve, self.n]

    @classmethod
    def from_plain(cls, plain: Sequence[float]) -> Evidence:
        """Returns the evidence that `to_plain` was called of."""
        *bets, reserve, n = plain
        return cls(tuple(map(float, bets)), float(reserve), int(n))
