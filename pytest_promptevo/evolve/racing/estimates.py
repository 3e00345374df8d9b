"""What is believed of all genomes after a batch: means, a champion, draws of what may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.racing.beliefs import Beliefs, expected_improvement
from pytest_promptevo.evolve.racing.effects import two_way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.evolve.racing.scale import Scale
    from pytest_promptevo.genome import Genome, SearchSpace

ELITE = 6
ENOUGH = 10
MOST = 200


class Estimates:
    """What is expected of genomes, as values from 0 to 1.

    Args:
        space: The genes that may vary.
        ledger: The scores.
        scale: The scale.
        blind: Whether to estimate each genome by its own scores alone.
        texts: Whether texts that are not the same may be alike.

    Attributes:
        beliefs: What is expected of genomes because of their genes.
        ranked: Genomes that have been seen, the one with the highest expected value first.
        champion: The genome to beat.
    """

    def __init__(
        self,
        space: SearchSpace,
        ledger: Ledger,
        scale: Scale,
        *,
        blind: bool,
        texts: bool = True,
    ) -> None:
        self.beliefs = Beliefs(space, ledger, blind=blind, texts=texts)
        self._ledger = ledger
        self._scale = scale

    def update(self) -> None:
        """Learns from all scores in the ledger."""
        known = list(self._ledger.genomes())
        fits = [two_way(table) for table in self._scale.parts(known)]
        self._examples = np.sum([fit.examples for fit in fits], axis=0)
        effects = [fit.genomes for fit in fits]
        handicaps = np.array([self._scale.handicap(one) for one in known])
        total = effects[0] + effects[1] - handicaps
        kept = _kept(total)
        self.beliefs.fit(
            [known[index] for index in kept],
            [
                (effect[kept], fit.variances[kept])
                for effect, fit in zip(effects, fits, strict=True)
            ],
        )
        self._expected: dict[Genome, float] = dict(zip(known, total.tolist(), strict=True))
        fitted = (self.beliefs.fitted() - handicaps[kept]).tolist()
        self._expected.update(zip((known[index] for index in kept), fitted, strict=True))
        self.ranked = sorted(known, key=self._expected.__getitem__, reverse=True)
        self.champion = self._champion()

    @property
    def elite(self) -> Sequence[Genome]:
        """The best genomes, the champion among them."""
        others = [one for one in self.ranked[:ELITE] if one != self.champion]
        return [self.champion, *others[: ELITE - 1]]

    def expected(self, genome: Genome) -> float:
        """Returns the expected value of any genome."""
        known = self._expected.get(genome)
        return float(self.beliefs.mean([genome])[0]) if known is None else known

    def gains(self, genomes: Sequence[Genome]) -> np.ndarray:
        """Returns by how much genomes are expected to improve on the champion.

        Each counts by its chance to keep the hard limits. Where the champion keeps them not,
        that it does is worth more than any fitness.
        """
        gains = expected_improvement(*self.beliefs.contrast(self.champion, genomes))
        if not self._ledger.objectives.limits:
            return gains
        worth = gains + (self._scale.handicap(self.champion) > 0)
        return np.asarray(worth * self.beliefs.feasible(genomes))

    def found(self, genome: Genome) -> float:
        """Returns a genome's mean value so far, as if all its examples were average ones."""
        return float(np.nanmean(self._scale.values(genome) - self._examples))

    def _champion(self) -> Genome:
        seen = {one: len(self._ledger.scores(one)) for one in self.ranked}
        enough = min(ENOUGH, max(seen.values()))
        best = next(one for one in self.ranked if seen[one] >= enough)
        return self._ledger.recommended if self._ledger.complete(best) else best


def _kept(effects: np.ndarray) -> list[int]:
    """Returns which genomes to learn from where there are too many: the best and the latest."""
    if len(effects) <= MOST:
        return list(range(len(effects)))
    best = np.argsort(-effects, kind="stable")[: MOST // 2].tolist()
    latest = [index for index in range(len(effects)) if index not in set(best)]
    return sorted(best + latest[-(MOST // 2) :])
