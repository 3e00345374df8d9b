"""Chooses the genome that gets the next block of examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.evolve.racing.breeder import Breeder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from pytest_promptevo.evolve.protocol import Screen
    from pytest_promptevo.evolve.racing.estimates import Estimates
    from pytest_promptevo.evolve.racing.tuning import Tuning
    from pytest_promptevo.genome import Genome, SearchSpace


@dataclass(frozen=True)
class Choice:
    """Who draws next.

    Attributes:
        genome: The genome to give a block to; None if there is none left.
        operator: What made it, if it is new.
        gain: Expected improvement of the most promising genome on the champion.
    """

    genome: Genome | None = None
    operator: str = ""
    gain: float = 0.0


class Acquisition:
    """Expected improvement over new children and genomes whose race is not over.

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
        """Returns the genome that is expected to improve most on the champion.

        Args:
            estimates: What is known.
            running: Genomes that have not seen all examples and have not lost.
            trusted: Whether the surrogate may compare children.
        """
        champion = estimates.champion
        children = self.breeder.children(champion, estimates.elite, set(estimates.ranked))
        fresh = list(children)
        compared = fresh if trusted else fresh[:1]
        pool = [one for one in (*compared, *running) if one != champion]
        if not pool:
            return Choice()
        gains = estimates.gains(pool)
        genome = pool[int(gains.argmax())]
        if trusted and fresh and self._rng.random() < self._tuning.unscreened:
            genome = fresh[int(self._rng.integers(len(fresh)))]
        return Choice(genome, children.get(genome, ""), float(gains.max()))
