"""Chooses the genomes that get the next blocks of examples."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.racing.breeder import Breeder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from pytest_promptevo.evolve.protocol import Screen
    from pytest_promptevo.evolve.racing.estimates import Estimates
    from pytest_promptevo.evolve.racing.tuning import Tuning
    from pytest_promptevo.genome import Genome, SearchSpace

KEPT = 16


@dataclass(frozen=True)
class Choice:
    """Who draws next.

    Attributes:
        genomes: Genomes to give a block to, in the order of their choice. The champion
            may be among them, more than once.
        operators: What made the new ones among them.
        chance: Probability that the most promising child gains delta.
    """

    genomes: Sequence[Genome]
    operators: dict[Genome, str]
    chance: float


class Acquisition:
    """Thompson sampling over new children and genomes whose race is not over.

    Args:
        space: The genes that may vary.
        tuning: The strategy's numbers.
        rng: Source of chance.
        screen: Returns those of some children that are worth an evaluation.

    Attributes:
        breeder: Makes the children.
    """

    def __init__(
        self,
        space: SearchSpace,
        tuning: Tuning,
        rng: Generator,
        screen: Screen = lambda children: children,
    ) -> None:
        self.breeder = Breeder(space, tuning, rng, screen)
        self._tuning = tuning
        self._rng = rng

    def choose(self, estimates: Estimates, running: Sequence[Genome], *, trusted: bool) -> Choice:
        """Returns as many genomes as there are races in a batch, fewer if there are not.

        Args:
            estimates: What is known.
            running: Genomes that have not seen all examples and have not lost.
            trusted: Whether the surrogate may compare children.
        """
        tuning, rng = self._tuning, self._rng
        seen = set(estimates.ranked)
        children = self.breeder.children(estimates.champion, estimates.elite, seen)
        best = self._bred(estimates, children, seen) if trusted else _first(children, tuning.races)
        pool = [*best, *running]
        if not pool:
            return Choice([], {}, 0.0)
        draws = estimates.surrogate.draw(pool, tuning.races, rng)
        chosen: list[Genome] = []
        for row in draws:
            fresh = [child for child in children if child not in chosen]
            if trusted and fresh and rng.random() < tuning.unscreened:
                chosen.append(fresh[int(rng.integers(len(fresh)))])
                continue
            free = [
                index
                for index, one in enumerate(pool)
                if one == estimates.champion or one not in chosen
            ]
            if free:
                chosen.append(pool[max(free, key=row.__getitem__)])
        return Choice(chosen, {**best, **children}, self._chance(estimates, pool))

    def _bred(
        self, estimates: Estimates, children: dict[Genome, str], seen: set[Genome]
    ) -> dict[Genome, str]:
        """Breeds the best of the children further before anything is paid for them."""
        best = children
        for _ in range(self._tuning.generations if children else 0):
            names = list(best)
            draws = estimates.surrogate.draw(names, self._tuning.races, self._rng)
            order = np.argsort(-draws, axis=1, kind="stable").T.ravel().tolist()
            kept = [names[index] for index in dict.fromkeys(order)][:KEPT]
            best = self.breeder.descendants({one: best[one] for one in kept}, seen)
        return best

    def _chance(self, estimates: Estimates, pool: Sequence[Genome]) -> float:
        others = [one for one in pool if one != estimates.champion]
        if not others:
            return 0.0
        mean, covariance = estimates.surrogate.predict([estimates.champion, *others])
        spread = covariance.diagonal()[1:] + covariance[0, 0] - 2 * covariance[0, 1:]
        z = (mean[1:] - mean[0] - self._tuning.delta) / np.sqrt(np.maximum(spread, 1e-12))
        return NormalDist().cdf(float(z.max()))


def _first(children: dict[Genome, str], count: int) -> dict[Genome, str]:
    return dict(list(children.items())[:count])
