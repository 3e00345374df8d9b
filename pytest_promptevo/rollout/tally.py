"""Sums over an arm's rewards, whole and fading."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tally(NamedTuple):
    """Sums over an arm's rewards.

    Attributes:
        n: Number of outcomes.
        total: Sum of rewards.
        squares: Sum of their squares.
        faded_n: The same three sums, each outcome weighted by its age when the last one came.
        faded_total: See `faded_n`.
        faded_squares: See `faded_n`.
        at: How many outcomes of all arms there were when the last one came.
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    faded_n: float = 0.0
    faded_total: float = 0.0
    faded_squares: float = 0.0
    at: int = 0

    @property
    def mean(self) -> float | None:
        """Mean reward, or None without an outcome."""
        return self.total / self.n if self.n else None

    def add(self, reward: float, at: int, half_life: float) -> Tally:
        """Returns the sums with one more outcome, which is number `at` of all arms'."""
        square = reward * reward
        kept = _kept(at - self.at, half_life)
        return Tally(
            self.n + 1,
            self.total + reward,
            self.squares + square,
            self.faded_n * kept + 1,
            self.faded_total * kept + reward,
            self.faded_squares * kept + square,
            at,
        )

    def faded(self, at: int, half_life: float) -> tuple[float, float, float]:
        """Returns number, sum and sum of squares as they weigh at outcome number `at`."""
        kept = _kept(at - self.at, half_life)
        return self.faded_n * kept, self.faded_total * kept, self.faded_squares * kept

    def to_plain(self) -> list[float]:
        """Returns JSON-able data."""
        return list(self)

    @classmethod
    def from_plain(cls, plain: Sequence[float]) -> Tally:
        """Returns the tally that `to_plain` was called of."""
        n, *sums, at = plain
        total, squares, faded_n, faded_total, faded_squares = map(float, sums)
        return cls(int(n), total, squares, faded_n, faded_total, faded_squares, int(at))


def _kept(age: int, half_life: float) -> float:
    return float(0.5 ** (age / half_life))
