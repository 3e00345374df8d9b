"""The scale on which production compares genomes: from fitness to a reward in [0, 1]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.fitness import percentile
from pytest_promptevo.fitness.reward import RewardScale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Objectives, Score

_DEAR = 0.95
_CHEAP = 0.05


def reward_scale(objectives: Objectives, genomes: Sequence[Sequence[Score]]) -> RewardScale:
    """Returns the scale by which the answers of some genomes are told apart.

    Reward 0 is the fitness of a failure (quality 0) that costs as much as the dearest 5 % of
    the answers of the dearest genome; reward 1 that of a perfect answer which costs as little
    as the cheapest 5 % of those of the cheapest one. So

    * each genome's answers lie inside, but for a few that are clipped, and what one genome
      saves is not cut off;
    * nothing is left over at the ends: on a wider scale (from a failure at any costs up to an
      answer for nothing) all rewards would lie close together, and a margin of 0.05, the same
      for every suite, would be a larger difference of quality. Where costs vary by less than
      quality weighs, 0.05 of reward are 5 to 10 points of quality.

    Costs are weighted by the objectives, latency included: an application whose machines are
    slower than those of the tests reports dearer answers, some of which then count as 0.

    Args:
        objectives: What makes fitness.
        genomes: The scores of each genome; at least one of at least one.
    """
    quality = objectives.weights.get("quality", 0.0)
    costs = [
        [quality * score.quality - objectives.fitness(score) for score in each] for each in genomes
    ]
    return RewardScale(
        low=-max(percentile(each, _DEAR) for each in costs),
        high=quality - min(percentile(each, _CHEAP) for each in costs),
    )
