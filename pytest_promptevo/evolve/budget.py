"""How much of a search's budget is left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.evolve.result import Budget


_CAUTION = 4
"""Calls that an evaluation may take before any was seen to take more."""


class Meter:
    """Measures a budget against what the ledger says was spent.

    Args:
        ledger: What was spent.
        budget: What may be spent.
        clock: Seconds; read once now, as the start.
        even: Whether every evaluation takes exactly one call.
    """

    def __init__(
        self, ledger: Ledger, budget: Budget, clock: Callable[[], float], *, even: bool = True
    ) -> None:
        self.budget = budget
        self._ledger = ledger
        self._clock = clock
        self._start = clock()
        self._dearest_calls = 1 if even else _CAUTION
        self._dearest_tokens = 0.0
        self._began = False

    def elapsed(self) -> float:
        """Returns the seconds since the start."""
        return self._clock() - self._start

    def late(self) -> bool:
        """Whether the time is over; never when asked for the first time."""
        if not self._began:
            self._began = True
            return False
        return self._over()

    def _over(self) -> bool:
        seconds = self.budget.seconds
        return seconds is not None and self.elapsed() >= seconds

    def paid(self, calls: int, tokens: float) -> None:
        """Learns from what one evaluation took."""
        self._dearest_calls = max(self._dearest_calls, calls)
        if calls:
            self._dearest_tokens = max(self._dearest_tokens, tokens)

    def affordable(self) -> float:
        """Returns how many evaluations can start, each as dear as the dearest one so far."""
        if self._ledger.evaluations and self._over():
            return 0
        return min(self._by_calls(), self._by_tokens())

    def _by_calls(self) -> float:
        if self.budget.calls is None:
            return math.inf
        left = self.budget.calls - self._ledger.calls
        return max(left // self._dearest_calls, 1) if left > 0 else 0

    def _by_tokens(self) -> float:
        if self.budget.tokens is None:
            return math.inf
        if not self._ledger.evaluations:
            return 1
        left = self.budget.tokens - self._ledger.tokens
        if left <= 0:
            return 0
        return max(left // self._dearest_tokens, 1) if self._dearest_tokens else math.inf
