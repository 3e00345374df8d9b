"""Teaches a reward model what earlier nights and production know of a suite's genomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.fitness.reward import RewardScale
from pytest_promptevo.improve.reward import reward_scale
from pytest_promptevo.night.evidence import Searched
from pytest_promptevo.night.reward_model import RewardModel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pytest_promptevo.genome import SearchSpace
    from pytest_promptevo.night.archive import Scores
    from pytest_promptevo.night.evidence import Served
    from pytest_promptevo.night.reward_model import Keep
    from pytest_promptevo.project import SuiteRun


def taught(
    run: SuiteRun,
    space: SearchSpace,
    keep: Keep,
    served: Iterable[Served],
    nights: Sequence[Scores],
    held_out: Collection[str],
) -> RewardModel:
    """Returns a model that knows nothing of the examples that are held out.

    Args:
        run: The suite.
        space: The genes that may vary.
        keep: Which children it keeps.
        served: How genomes did in production.
        nights: What searches of earlier nights saw.
        held_out: Ids of the examples that confirm tonight's candidates.
    """
    suite = run.suite
    seen = {each.fingerprint for each in suite.examples if each.id not in held_out}
    known = [
        {
            genome: {name: score for name, score in scores.items() if name in seen}
            for genome, scores in night.items()
        }
        for night in nights
    ]
    every = [list(scores.values()) for night in known for scores in night.values() if scores]
    locked = run.entry.reward if run.entry else None
    if locked is not None:
        scale = RewardScale(locked.low, locked.high)
    elif every:
        scale = reward_scale(suite.objectives, every)
    else:
        scale = RewardScale.of(suite.objectives.weights, {})
    fitness = suite.objectives.fitness
    searches = [
        Searched(
            {
                genome: {name: scale.reward(fitness(score)) for name, score in scores.items()}
                for genome, scores in night.items()
                if scores
            }
        )
        for night in known
    ]
    return RewardModel(space, keep).fit(served, searches)
