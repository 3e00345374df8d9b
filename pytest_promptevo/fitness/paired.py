"""Whether qualities fell against earlier ones of the same examples, beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.drawn import Draws, Stratum, drawn_fall_p
from pytest_promptevo.fitness.intervals import Estimate, mean_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALPHA = 0.01
"""Share of unchanged suites, drawn anew, that are allowed to fail."""

_ALPHA_OF_DRAWS = 0.002
"""What the test over draws takes of it, where examples are drawn several times. The other one
keeps enough for the six of six that prove a fall without draws (2^-7)."""

_CELLS = 10_000
SAME = 1e-6
"""The lock holds qualities with six decimals."""
_DIGITS = 1e-5
"""What is left of a division by the rounding of a few of them."""


@dataclass(frozen=True)
class Fall:
    """An example that scores lower than before.

    Attributes:
        example: Its id.
        before: Its quality then.
        now: Its quality now.
    """

    example: str
    before: float
    now: float


@dataclass(frozen=True)
class Paired:
    """Qualities of the same examples, then and now.

    Attributes:
        difference: Mean of now minus then, with Student's paired 95 % interval.
        p_value: One-sided, of the hypothesis that no example fell (see `fall_p`).
        fell: The examples that score lower, worst first.
        p_of_draws: The same by the draws of each example (see `drawn_fall_p`); None where
            each was drawn once, on either side, or none fell.
    """

    difference: Estimate
    p_value: float
    fell: tuple[Fall, ...]
    p_of_draws: float | None = None

    @property
    def is_worse(self) -> bool:
        """Whether quality fell beyond chance.

        A few examples that fall from all draws to none prove nothing as examples, but as
        draws; the two tests share the level (Bonferroni).
        """
        by_draws = self.p_of_draws is not None and self.p_of_draws <= _ALPHA_OF_DRAWS
        return self.falls_as_examples or by_draws

    @property
    def falls_as_examples(self) -> bool:
        """Whether quality fell beyond chance if each example counts as one observation."""
        return self.p_value <= ALPHA - (0 if self.p_of_draws is None else _ALPHA_OF_DRAWS)


def compare(
    before: Mapping[str, float], now: Mapping[str, float], draws: Mapping[str, Draws] | None = None
) -> Paired:
    """Compares the qualities of the examples that both sides have.

    Each counts as an observation of its own: of examples that share an answer give one.

    Args:
        before: Example id to quality then.
        now: Example id to quality now.
        draws: Example id to how often it was drawn; once on each side if not given.

    Raises:
        ValueError: if they have no example in common.
    """
    shared = [example for example in now if example in before]
    if not shared:
        raise ValueError("no example stands on both sides")
    gained = [now[example] - before[example] for example in shared]
    fell = [
        Fall(example, before[example], now[example])
        for example, gain in zip(shared, gained, strict=True)
        if gain < -SAME
    ]
    strata = [
        Stratum.of(drawn, before[example], now[example])
        for example in shared
        if (drawn := (draws or {}).get(example)) and sum(drawn) > len(drawn)
    ]
    return Paired(
        mean_interval(gained).within(-1.0, 1.0),
        fall_p(gained),
        tuple(sorted(fell, key=lambda fall: (fall.now - fall.before, fall.example))),
        drawn_fall_p(strata) if strata and fell else None,
    )


def fall_p(differences: Sequence[float]) -> float:
    """Returns the one-sided mid-p-value of the hypothesis that differences are symmetric about 0.

    Fisher's randomization test: every difference is as likely to have the opposite sign. The
    distribution of the sum is computed, not sampled. Half of the probability of the sum that
    was seen counts (Lancaster 1961): on binary qualities this is McNemar's mid-p test, which
    keeps its level where the exact one is too careful (Fagerland et al. 2013).
    """
    moved = [difference for difference in differences if abs(difference) > SAME]
    total = sum(moved)
    if total > -SAME:
        return 1.0
    return _lower_tail(moved)


def _lower_tail(moved: Sequence[float]) -> float:
    import numpy as np  # most runs replay what the lock knows: then nothing has moved

    cell = _cell([abs(difference) for difference in moved])
    steps = [round(abs(difference) / cell) for difference in moved]
    # Sums of steps with random signs, as the sum of those that are positive: 0 .. all of them.
    chances = np.zeros(sum(steps) + 1)
    chances[0] = 1.0
    for step in steps:
        shifted = np.zeros_like(chances)
        shifted[step:] = chances[: len(chances) - step]
        chances = (chances + shifted) / 2
    seen = sum(step for step, gain in zip(steps, moved, strict=True) if gain > 0)
    return float(chances[:seen].sum() + chances[seen] / 2)


def _cell(sizes: Sequence[float]) -> float:
    """Returns the width of a cell: exact, where all sizes are multiples of a common part.

    Sizes as small as the rounding have none.
    """
    part, total = 0.0, sum(sizes)
    for size in set(sizes):
        part = _common_part(part, size)
    return max(part, total / _CELLS)


def _common_part(first: float, second: float) -> float:
    """Returns the greatest common divisor, by Euclid's algorithm with least remainders."""
    while second > _DIGITS:
        first, second = second, abs(first - second * round(first / second))
    return first
