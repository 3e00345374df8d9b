"""What a search may spend, and how much of that is left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.numbers import is_number, is_whole
from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.evolve.ledger import Ledger


_CAUTION = 4
"""Calls that an evaluation may take before any was seen to take more."""


@dataclass(frozen=True)
class Budget:
    """How much a search may spend; whatever is None has no bound.

    Attributes:
        calls: Model calls.
        tokens: Prompt and completion tokens of the evaluations that were paid for.
        seconds: Wall time.

    Raises:
        SettingsError: if a bound is not positive, or calls or tokens are no whole numbers.
    """

    calls: int | None = None
    tokens: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name, bound in vars(self).items():
            fits = is_number(bound) if name == "seconds" else is_whole(bound)
            if bound is not None and not (fits and bound > 0):
                whole = "" if name == "seconds" else "a whole number of "
                raise SettingsError(f"a search budget needs {whole}{name} above 0, not {bound!r}")


class Meter:
    """Measures a budget against what the ledger says was spent.

    Args:
        ledger: What was spent.
        budget: What may be spent.
        clock: Seconds; read once now, as the start.
        even: Whether every evaluation takes exactly one call.
        stop: Whether somebody wants the search to end.
    """

    def __init__(
        self,
        ledger: Ledger,
        budget: Budget,
        clock: Callable[[], float],
        *,
        even: bool = True,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.budget = budget
        self._ledger = ledger
        self._clock = clock
        self._stop = stop
        self._start = clock()
        self._dearest_calls = 1 if even else _CAUTION
        self._dearest_tokens = 0.0
        self._began = False

    def elapsed(self) -> float:
        """Returns the seconds since the start."""
        return self._clock() - self._start

    def late(self) -> bool:
        """Whether the time is over, or somebody wants an end; never when first asked."""
        if not self._began:
            self._began = True
            return False
        return self._over()

    def _over(self) -> bool:
        seconds = self.budget.seconds
        return self._stop() or (seconds is not None and self.elapsed() >= seconds)

    def paid(self, calls: int, tokens: float) -> None:
        """Learns from what one evaluation took."""
        self._dearest_calls = max(self._dearest_calls, calls)
        if calls:
            self._dearest_tokens = max(self._dearest_tokens, tokens)

    def affordable(self) -> float:
        """Returns how many evaluations can start, each as dear as the dearest one so far."""
        is_begun = self._ledger.evaluations or self._ledger.proposals
        if is_begun and self._over():
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
        left = self.budget.tokens - self._ledger.tokens
        if left <= 0:
            return 0
        if not self._ledger.evaluations:
            return 1
        return max(left // self._dearest_tokens, 1) if self._dearest_tokens else math.inf
