"""What the control did lately: the yardstick of every comparison."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.rollout.outcome import Outcome

MEMORY = 200
"""Outcomes of the control that its means look back on."""

SETTLED = 20
"""Outcomes of the control after which its latency and tokens are a yardstick."""

SLOW = 0.95
"""Quantile of the control's latency above which an answer is slow."""

DEAR = 1.5
"""Times the control's mean tokens above which an answer is dear."""


class Baseline(NamedTuple):
    """Means over the control's last outcomes.

    They centre and scale bets. All of them are known before the outcome that is bet on, so a bad
    figure here costs time and never validity.

    Attributes:
        n: Number of outcomes.
        reward: Mean reward.
        variance: Variance of the reward.
        invalid: Share of invalid answers.
        timed: Number of known latencies.
        latency_ms: 95th percentile of latency.
        slow: Share of answers that were slower than it stood then.
        counted: Number of known token counts.
        tokens: Mean tokens.
        dear: Share of answers that took more than 1.5 times as it stood then.
    """

    n: int = 0
    reward: float = 0.5
    variance: float = 0.25
    invalid: float = 0.0
    timed: int = 0
    latency_ms: float = 0.0
    slow: float = 1 - SLOW
    counted: int = 0
    tokens: float = 0.0
    dear: float = 0.0

    def is_slow(self, latency_ms: float | None) -> bool | None:
        """Whether an answer is slow, or None where that cannot be told."""
        if latency_ms is None or self.timed < SETTLED:
            return None
        return latency_ms > self.latency_ms

    def is_dear(self, tokens: float | None) -> bool | None:
        """Whether an answer is dear, or None where that cannot be told."""
        if tokens is None or self.counted < SETTLED:
            return None
        return tokens > DEAR * self.tokens

    def add(self, outcome: Outcome) -> Baseline:
        """Returns the means with one more outcome of the control."""
        rate = _rate(self.n)
        off = outcome.reward - self.reward
        timed, latency_ms, slow = self._with_latency(outcome.latency_ms)
        counted, tokens, dear = self._with_tokens(outcome.tokens)
        return Baseline(
            self.n + 1,
            self.reward + rate * off,
            (1 - rate) * (self.variance + rate * off * off),
            self.invalid + rate * (outcome.error - self.invalid),
            timed,
            latency_ms,
            slow,
            counted,
            tokens,
            dear,
        )

    def _with_latency(self, latency_ms: float | None) -> tuple[int, float, float]:
        """Moves the percentile up or down by a step on a logarithmic scale."""
        if latency_ms is None:
            return self.timed, self.latency_ms, self.slow
        if self.timed < SETTLED:
            return self.timed + 1, max(self.latency_ms, latency_ms), self.slow
        is_slow = latency_ms > self.latency_ms
        step = max(1 / math.sqrt(self.timed), 0.05)
        moved = max(self.latency_ms, 1e-3) * math.exp(step * (is_slow - (1 - SLOW)))
        moved = min(moved, sys.float_info.max)  # an infinite one could not be kept
        slow = self.slow + _rate(self.timed) * (is_slow - self.slow)
        return self.timed + 1, moved, slow

    def _with_tokens(self, tokens: float | None) -> tuple[int, float, float]:
        if tokens is None:
            return self.counted, self.tokens, self.dear
        rate = _rate(self.counted)
        dear = self.dear
        if self.counted >= SETTLED:
            dear += rate * ((tokens > DEAR * self.tokens) - dear)
        return self.counted + 1, self.tokens + rate * (tokens - self.tokens), dear

    def to_plain(self) -> list[float]:
        """Returns JSON-able data."""
        return list(self)

    @classmethod
    def from_plain(cls, plain: Sequence[float]) -> Baseline:
        """Returns the baseline that `to_plain` was called of."""
        n, reward, variance, invalid, timed, latency_ms, slow, counted, tokens, dear = plain
        return cls(
            int(n),
            float(reward),
            float(variance),
            float(invalid),
            int(timed),
            float(latency_ms),
            float(slow),
            int(counted),
            float(tokens),
            float(dear),
        )


def _rate(n: int) -> float:
    """The weight of the next outcome: a mean of all at first, of the last ones later."""
    return 1 / min(n + 5, MEMORY)
