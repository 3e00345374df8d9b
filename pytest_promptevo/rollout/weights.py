"""Shares of the traffic by the chance of being best."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from pytest_promptevo.rollout.posterior import posterior_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.rollout.posterior import Posterior
    from pytest_promptevo.rollout.progress import Progress
    from pytest_promptevo.rollout.settings import RolloutSettings

DRAWS = 1_000
"""Draws from the posteriors for one allocation."""

FLOOR = 0.01
"""Least share of a live candidate."""


@dataclass(frozen=True)
class Chances:
    """How probable it is that an arm is the best one.

    Attributes:
        of_all: Among the live arms, the control included; empty where nothing depends on it.
        of_candidates: Among the live candidates.
    """

    of_all: Mapping[str, float]
    of_candidates: Mapping[str, float]

    @property
    def leader(self) -> str:
        """The candidate that is most probably the best one."""
        return max(self.of_candidates, key=lambda arm: self.of_candidates[arm])


def is_last(settings: RolloutSettings, stage: int) -> bool:
    """Whether there is no later stage."""
    return stage == len(settings.stages) - 1


def chances(settings: RolloutSettings, progress: Progress, version: int) -> Chances:
    """Returns the chances of the live arms; same outcomes and version, same chances."""
    if len(progress.live) == 1 and not is_last(settings, progress.stage):
        return Chances({}, dict.fromkeys(progress.live, 1.0))
    posteriors = {
        arm: posterior_of(
            settings.posterior,
            progress.arms[arm].prior,
            progress.arms[arm].tally.faded(progress.n, settings.half_life),
        )
        for arm in (*progress.live, progress.control)
    }
    return chances_of(posteriors, progress.control, Random(version))


def chances_of(posteriors: Mapping[str, Posterior], control: str, rng: Random) -> Chances:
    """Returns the chances of arms by how often their draw is the highest."""
    candidates = [arm for arm in posteriors if arm != control]
    of_all: Counter[str] = Counter()
    of_candidates: Counter[str] = Counter()
    drawn = {
        arm: [posterior.draw(rng) for _ in range(DRAWS)] for arm, posterior in posteriors.items()
    }
    for rewards in zip(*(drawn[arm] for arm in (*candidates, control)), strict=True):
        best = max(rewards[:-1])
        leader = candidates[rewards.index(best)]
        of_candidates[leader] += 1
        of_all[leader if best > rewards[-1] else control] += 1
    return Chances(
        {arm: of_all[arm] / DRAWS for arm in posteriors},
        {arm: of_candidates[arm] / DRAWS for arm in candidates},
    )


def shares(settings: RolloutSettings, control: str, stage: int, found: Chances) -> dict[str, float]:
    """Returns the share of each live arm at a stage, the control last.

    Before the last stage the candidates get all that the stage allows, at the first one half of
    it evenly. At the last one the control competes, with a least share of its own.
    """
    cap = settings.stages[stage]
    split = found.of_candidates
    if is_last(settings, stage):
        cap = min(cap, 1 - settings.control)
        total = min(cap, 1 - found.of_all[control])
        split = {arm: found.of_all[arm] for arm in split}
    else:
        total = cap
        even = 0.5 if stage == 0 else 0.0
        split = {arm: even / len(split) + (1 - even) * chance for arm, chance in split.items()}
    return _with_floor(split, total, min(FLOOR, cap / len(split)), control)


def _with_floor(
    split: Mapping[str, float], total: float, floor: float, control: str
) -> dict[str, float]:
    spare = max(total - floor * len(split), 0.0)
    whole = sum(split.values()) or 1.0
    weights = {arm: floor + spare * chance / whole for arm, chance in split.items()}
    return {**weights, control: max(1 - sum(weights.values()), 0.0)}
