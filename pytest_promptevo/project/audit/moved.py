"""Whether answers that may vary are, as a whole, those that the model gives now."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.paired import SAME, fall_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.project.audit.checked import Checked

FIGURES = ("quality", "completion_tokens", "prompt_tokens", "cut_off")
"""What is compared: attributes of `Checked`."""

ALPHA = 0.01
"""Share of honest recordings that fail by chance, over all figures together."""


@dataclass(frozen=True)
class Moved:
    """A figure of answers that may vary.

    Attributes:
        recorded: Its mean as recorded.
        now: Its mean now.
        p_value: Of the hypothesis that both come from one distribution: of means over the
            draws of an example and of its copies, paired, two-sided, mid-p (see
            `fitness.paired.fall_p`).
        level: The p-value below which it is beyond noise.
    """

    recorded: float
    now: float
    p_value: float
    level: float

    @property
    def is_beyond(self) -> bool:
        """Whether the recorded figure is not what the model reaches."""
        return self.p_value < self.level


def moved(varying: Sequence[Checked]) -> dict[str, Moved]:
    """Compares each figure of the answers that may vary.

    Args:
        varying: The answers, at least one.
    """
    differences = {name: _by_example(name, varying) for name in FIGURES}
    level = _level([sum(abs(gain) > SAME for gain in gained) for gained in differences.values()])
    return {
        name: Moved(
            fmean(getattr(each, name).recorded for each in varying),
            fmean(getattr(each, name).now for each in varying),
            # Whichever side is worse, one of the two is 1.
            min(1.0, 2 * min(fall_p(gained), fall_p([-gain for gain in gained]))),
            level,
        )
        for name, gained in differences.items()
    }


def _by_example(name: str, varying: Sequence[Checked]) -> list[float]:
    """Returns what a figure gained since, as a mean over the draws of each example.

    Copies of an example were recorded with one answer, and so count as one (see
    `evaluation.copies`).
    """
    by_requests: dict[tuple[str, ...], list[float]] = {}
    for each in varying:
        figure, requests = getattr(each, name), each.requests or (each.example,)
        by_requests.setdefault(requests, []).append(figure.now - figure.recorded)
    return [fmean(gained) for gained in by_requests.values()]


def _level(counts: Sequence[int]) -> float:
    """Returns the level of each of several tests, so that all together keep `ALPHA`.

    Bonferroni's, divided by the tests alone that could show something at all (Tarone 1990): a
    sign-flip test of n differences has no p-value below 2^-n.

    Args:
        counts: Of each test, the number of examples that differ.
    """
    for tests in range(1, len(counts) + 1):
        level = ALPHA / tests
        if sum(2.0**-count < level for count in counts) <= tests:
            return level
    return ALPHA / len(counts)
