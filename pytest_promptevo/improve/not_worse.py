"""Whether candidates are fit to stand beside the locked genome: paired tests with a margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pytest_promptevo.evolve.confirmation import ALPHA, sign_flip_p
from pytest_promptevo.fitness import mean_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Estimate, Objectives, Score


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the locked genome, on the same examples.

    Attributes:
        difference: Mean fitness of the candidate minus that of the locked genome, with
            Student's paired 95 % interval.
        margin: By how much less fitness a candidate may be worse.
        p_better: One-sided, of the hypothesis that it is no better.
        p_not_worse: One-sided, of the hypothesis that it is worse by the margin or more.
        verdict: ``better`` or ``not worse`` where that is shown, else ``open``.
    """

    difference: Estimate
    margin: float
    p_better: float
    p_not_worse: float
    verdict: Literal["better", "not worse", "open"]


def compare_all(
    locked: Sequence[Score],
    candidates: Sequence[Sequence[Score]],
    objectives: Objectives,
    margin: float,
    rng: np.random.Generator,
) -> list[Comparison]:
    """Compares candidates with the locked genome by scores on the same held-out examples.

    A candidate is fit where its mean fitness falls short of the locked genome's by no more than
    the margin. That is stricter than to leave out what is shown to be worse: few examples show
    nothing, and a test at 5 % let nearly everything through. Share that stands, of qualities 0
    or 1 with a margin of 0.05 and one answer in seven that differs, by simulation:

    ====================  =====  =====  ======  ======  ======
    examples held out     equal  5 pts  10 pts  20 pts  30 pts
                                 worse  worse   worse   worse
    ====================  =====  =====  ======  ======  ======
    12                    .72    .53    .32     .05     .01
    36                    .69    .46    .17     .00     .00
    100                   .93    .57    .12     .00     .00
    36, test at 5 %       1.00   .94    .86     .27     .01
    ====================  =====  =====  ======  ======  ======

    What stands is still unproved: the guard of the rollout decides, on more requests than
    there are examples. Each candidate is judged by itself, and none was chosen by these
    examples, so that several do not lower the bar for each other. What is claimed of them
    ("better", "not worse") is corrected for their number: p-values are those of sign-flip
    tests (see `evolve.confirm`; the second one of the differences plus the margin), adjusted
    by Holm's method (Holm 1979), so that any claim is wrong in 5 % of cases at most.

    Args:
        locked: The locked genome's scores.
        candidates: The scores of each candidate, in the same order of examples.
        objectives: What makes fitness.
        margin: By how much less fitness a candidate may be worse.
        rng: Source of chance for the tests.
    """
    gains = [
        np.array([objectives.fitness(new) - objectives.fitness(old)
                  for old, new in zip(locked, scores, strict=True)])
        for scores in candidates
    ]  # fmt: skip
    better = holm([sign_flip_p(gained, rng)[0] for gained in gains])
    not_worse = holm([sign_flip_p(gained + margin, rng)[0] for gained in gains])
    return [
        Comparison(
            mean_interval(gained.tolist()),
            margin,
            p_better,
            p_not_worse,
            "better" if p_better <= ALPHA else "not worse" if p_not_worse <= ALPHA else "open",
        )
        for gained, p_better, p_not_worse in zip(gains, better, not_worse, strict=True)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns p-values adjusted for their number: step-down Bonferroni (Holm 1979)."""
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = least
    return adjusted
