"""The numbers behind `racing`, in one place, so that they can be measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tuning:
    """What `racing` may be told.

    Attributes:
        strangers: Genomes at the start, the shipped one among them.
        first: Examples that each of them sees first (more if there are many examples).
        rounds: Rounds of halving at the start; each doubles the examples.
        block: Examples that a race draws at a time.
        races: Blocks in one batch, each of another genome.
        fill: Further examples of the incumbent in each batch until it has seen all.
        alpha: Probability that a race drops a child that is truly better.
        delta: How much better (on a scale from 0 to 1) a child must be early on.
        late: Children in vain after which another one need not be better by delta.
        candidates: Children that the surrogate compares for one batch.
        generations: Times that the best of the candidates are bred before one is paid for.
        unscreened: Share of races that go to a child nobody compared.
        jump: Probability that a mutated gene takes any value, not a neighbouring one.
        trust: Rank correlation of predictions and outcomes below which the surrogate is off.
        gain: Probability of a gain of delta below which a round is quiet.
        quiet: Quiet rounds in a row that end the search.
        vain: Children that brought no better genome, without which no search ends.
        surrogate: Whether there is a surrogate at all.
        drops: Whether races drop children at all.
    """

    strangers: int = 12
    first: int = 5
    rounds: int = 2
    block: int = 5
    races: int = 1
    fill: int = 5
    alpha: float = 0.5
    delta: float = 0.02
    late: int = 30
    candidates: int = 60
    generations: int = 2
    unscreened: float = 0.2
    jump: float = 0.3
    trust: float = 0.2
    gain: float = 0.05
    quiet: int = 3
    vain: int = 30
    surrogate: bool = True
    drops: bool = True
