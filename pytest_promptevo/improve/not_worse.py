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
    from pytest_promptevo.fitness.reward import RewardScale

_STAKES = 20


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the locked genome, on the same examples.

    Attributes:
        difference: Mean fitness of the candidate minus that of the locked genome, with
            Student's paired 95 % interval.
        margin: By how much less fitness a candidate may be worse.
        p_better: One-sided, of the hypothesis that it is no better.
        p_not_worse: One-sided, of the hypothesis that its reward is worse by the margin or more.
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
    scale: RewardScale,
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
    ("better", "not worse") is corrected for their number: p-values are adjusted by Holm's
    method (Holm 1979), so that any claim is wrong in 5 % of cases at most. "Better" is tested
    by flipped signs as winners are (see `evolve.confirm`), "not worse" by `not_worse_p`.

    Args:
        locked: The locked genome's scores.
        candidates: The scores of each candidate, in the same order of examples.
        objectives: What makes fitness.
        scale: From fitness to reward.
        margin: By how much reward a candidate may be worse.
        rng: Source of chance for the tests.
    """
    old = [objectives.fitness(score) for score in locked]
    new = [[objectives.fitness(score) for score in scores] for scores in candidates]
    gains = [np.array(own) - np.array(old) for own in new]
    rewards = [
        np.array([scale.reward(mine) - scale.reward(theirs) for mine, theirs in pairs])
        for pairs in ([*zip(own, old, strict=True)] for own in new)
    ]
    better = holm([sign_flip_p(gained, rng)[0] for gained in gains])
    not_worse = holm([not_worse_p(gained, margin) for gained in rewards])
    return [
        Comparison(
            mean_interval(gained.tolist()),
            margin * (scale.high - scale.low),
            p_better,
            p_not_worse,
            "better" if p_better <= ALPHA else "not worse" if p_not_worse <= ALPHA else "open",
        )
        for gained, p_better, p_not_worse in zip(gains, better, not_worse, strict=True)
    ]


def not_worse_p(differences: np.ndarray, margin: float) -> float:
    """Returns the p-value of the hypothesis that a mean difference is -margin or less.

    One over the wealth of bets against it (Waudby-Smith and Ramdas 2024), averaged over fixed
    stakes, the largest of which loses all by the largest difference. It holds for any
    differences in [-1, 1]. Flipped signs do not: most answers of two genomes are equal, and a
    few examples without a loss would prove that there are no rare, large ones.
    """
    stakes = np.arange(1, _STAKES + 1) / _STAKES / (1 - margin)
    with np.errstate(divide="ignore"):
        wealth = np.exp(np.log1p(np.outer(stakes, differences + margin)).sum(axis=1))
    return float(min(1.0, 1 / max(wealth.mean(), 1e-300)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns p-values adjusted for their number: step-down Bonferroni (Holm 1979)."""
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = least
    return adjusted
