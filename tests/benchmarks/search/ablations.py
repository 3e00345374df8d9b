"""`racing` with one of its parts taken out, to see what the part is worth."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

from pytest_promptevo.evolve import STRATEGIES
from pytest_promptevo.evolve.racing.strategy import racing
from pytest_promptevo.evolve.racing.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Ablation:
    """`racing` without one of its parts.

    Attributes:
        tuning: What `racing` is told.
        free: Whether answers that were seen serve later requests.
    """

    tuning: Tuning = field(default_factory=Tuning)
    free: bool = True

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Takes the part out for a while."""
        with patch.dict(STRATEGIES, racing=partial(racing, tuning=self.tuning)):
            yield


_WHOLE = 10**6

ABLATIONS: dict[str, Ablation] = {
    "racing, no races": Ablation(Tuning(block=_WHOLE, drops=False)),
    "racing, no surrogate": Ablation(Tuning(surrogate=False)),
    "racing, no free evaluations": Ablation(free=False),
}
"""The ablations by name."""
