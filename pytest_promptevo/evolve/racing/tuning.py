"""The numbers behind `racing`, in one place, so that they can be measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tuning:
    """What `racing` may be told.

    Attributes:
        strangers: Genomes at the start, the shipped one among them.
        first: Examples that all of them see first.
        block: Fewest examples that a race draws at a time.
        looks: Blocks that make a whole race, where there are many examples.
        fill: Further blocks of the incumbent in each batch until it has seen all.
        alpha: Probability that a race drops a child that is truly better.
        delta: How much better (on a scale from 0 to 1) a child must be early on.
        late: Children in vain after which another one need not be better by delta.
        candidates: Children that the surrogate compares for one batch.
        unscreened: Share of races that go to a child nobody compared.
        jump: Probability that a mutated gene takes any value, not a neighbouring one.
        trust: Rank correlation of predictions and outcomes below which the surrogate is off.
        gain: Expected improvement (on a scale from 0 to 1) below which a round is quiet.
        quiet: Quiet rounds in a row that end the search.
        vain: Children that brought no better genome, without which no search ends.
        new: How many of these must be of a search itself that earlier ones have taught, where
            it has values that none of them had.
        surrogate: Whether there is a surrogate at all.
        drops: Whether races drop children at all.
        pause: Batches between two times that texts are asked for.
        text_kernel: Whether texts that are not the same may be alike to the surrogate.
        text_bandit: Whether what is asked of a proposer follows from what that has gained.
    """

    strangers: int = 12
    first: int = 3
    block: int = 5
    looks: int = 20
    fill: int = 1
    alpha: float = 0.5
    delta: float = 0.02
    late: int = 30
    candidates: int = 60
    unscreened: float = 0.2
    jump: float = 0.3
    trust: float = 0.2
    gain: float = 0.05
    quiet: int = 3
    vain: int = 30
    new: int = 12
    surrogate: bool = True
    drops: bool = True
    pause: int = 3
    text_kernel: bool = True
    text_bandit: bool = True

    def block_of(self, examples: int) -> int:
        """Returns how many of the examples a race draws at a time."""
        return max(self.block, examples // self.looks)
