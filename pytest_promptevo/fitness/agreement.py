"""How far a judge agrees with people about the same answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.intervals import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness.intervals import Estimate


@dataclass(frozen=True)
class Agreement:
    """A judge beside people, who let each answer pass or fail.

    Attributes:
        share: The share of answers on which both agree, with Wilson's interval.
        kappa: Cohen's kappa (Cohen 1960, "A coefficient of agreement for nominal scales"):
            agreement beyond what their shares of passes give by chance; 1: always, 0: as chance
            does; None where both say the same of every answer, whatever it is.
        lenient: How many answers pass with the judge, and fail with people.
        strict: How many fail with the judge, and pass with people.
    """

    share: Estimate
    kappa: float | None
    lenient: int
    strict: int


def agreement(pairs: Sequence[tuple[float, float]], pass_mark: float) -> Agreement | None:
    """Returns how far a judge agrees with people; None if there are no answers.

    Args:
        pairs: The quality that people gave to an answer, and that of the judge.
        pass_mark: Least quality of an answer that passes.
    """
    if not pairs:
        return None
    least = pass_mark - 1e-9
    passes = [(human >= least, judge >= least) for human, judge in pairs]
    n = len(passes)
    same = sum(human == judge for human, judge in passes)
    human, judge = (sum(side) / n for side in zip(*passes, strict=True))
    chance = human * judge + (1 - human) * (1 - judge)
    return Agreement(
        share=wilson_interval(same, n),
        kappa=(same / n - chance) / (1 - chance) if chance < 1 else None,
        lenient=sum(judge and not human for human, judge in passes),
        strict=sum(human and not judge for human, judge in passes),
    )
