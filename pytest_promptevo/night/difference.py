"""By how much a candidate's reward differs from the locked genome's, whenever one looks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.rollout.guard import Contrast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_promptevo.rollout import Allocation, Outcome

ALPHA = 0.05
_TIGHTEST = 1_000
"""Outcomes at which the interval is narrowest beside one for that number alone."""


@dataclass(frozen=True)
class Difference:
    """Mean reward of a candidate minus that of the locked genome.

    Attributes:
        n: Outcomes of both.
        mean: The difference.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    n: int
    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def difference(
    outcomes: Iterable[Outcome],
    allocations: Mapping[int, Allocation],
    candidate: str,
    control: str,
) -> Difference | None:
    """Estimates the difference of two arms that were compared at the same time.

    Each outcome counts one over its chance, as in the guard (`rollout.guard`), so that bad hours
    and moving shares do not bias it. The interval holds at all times at once (an asymptotic
    confidence sequence: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, "Time-uniform central
    limit theory and asymptotic confidence sequences", theorem 2.2), so that it is valid at the
    moment at which the rollout was settled because of what it had shown.

    Args:
        outcomes: What is evidence, in the order of the log.
        allocations: By version.
        candidate: Id of the candidate's arm.
        control: Id of the locked genome's.

    Returns:
        None without outcomes of both.
    """
    seen = {candidate: 0, control: 0}
    n, mean, squares = 0, 0.0, 0.0
    centre, known = 0.5, 0
    for outcome in outcomes:
        allocation = allocations.get(outcome.version)
        if allocation is None or outcome.arm not in seen:
            continue
        share, rest = (allocation.weights.get(arm, 0.0) for arm in (candidate, control))
        if share <= 0 or rest <= 0:
            continue
        seen[outcome.arm] += 1
        contrast = Contrast(share / (share + rest), outcome.arm == candidate)
        draw = contrast.draw(outcome.reward - centre)
        n += 1
        step = draw - mean
        mean += step / n
        squares += step * (draw - mean)
        if outcome.arm == control:
            known += 1
            centre += (outcome.reward - centre) / (known + 1)
    if not all(seen.values()) or n < 2:
        return None
    wide = math.sqrt(squares / n) * _width(n)
    return Difference(n, mean, mean - wide, mean + wide)


def _width(n: int) -> float:
    """Returns the half width of the interval in standard deviations."""
    scale = (2 * math.log(1 / ALPHA) + math.log(1 + 2 * math.log(1 / ALPHA))) / _TIGHTEST
    spread = n * scale + 1
    return math.sqrt(2 * spread / (n * n * scale) * math.log(math.sqrt(spread) / ALPHA))
