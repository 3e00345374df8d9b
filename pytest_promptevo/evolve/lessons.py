"""What a proposer is shown of a search: examples of its own part, drawn by its source of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.protocol import Lesson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.genome import Genome

FAILURES, SUCCESSES, RULES = 3, 1, 6
"""Examples of each kind that are shown at most."""

_RIGHT = 1 - 1e-9


def failures(ledger: Ledger, genome: Genome, rng: Generator) -> tuple[Lesson, ...]:
    """Returns some of the examples that a genome does not master."""
    return _drawn(ledger, genome, rng, FAILURES, lambda quality: quality < _RIGHT)


def successes(ledger: Ledger, genome: Genome, rng: Generator) -> tuple[Lesson, ...]:
    """Returns one of the examples that it masters."""
    return _drawn(ledger, genome, rng, SUCCESSES, lambda quality: quality >= _RIGHT)


def rules(ledger: Ledger, genome: Genome, rng: Generator) -> tuple[Lesson, ...]:
    """Returns some examples, whatever it did on them."""
    return _drawn(ledger, genome, rng, RULES, lambda _quality: True)


def contrasted(
    ledger: Ledger, gene: str, genome: Genome, rng: Generator
) -> tuple[Genome, tuple[Lesson, ...], tuple[Lesson, ...]] | None:
    """Finds a genome with another text that is right where this one is wrong, and the reverse.

    Returns:
        The genome that complements it best, what the first one did where it is worse, and what
        the other one did where that is worse; None if there is none.
    """
    own = _qualities(ledger, genome)
    best, most = None, 0
    for other in ledger.genomes():
        if other[gene] == genome[gene]:
            continue
        theirs = _qualities(ledger, other)
        both = [at for at in own if at in theirs]
        gained = [at for at in both if own[at] < _RIGHT <= theirs[at]]
        lost = [at for at in both if theirs[at] < _RIGHT <= own[at]]
        if min(len(gained), len(lost)) > most:
            best, most = (other, gained, lost), min(len(gained), len(lost))
    if best is None:
        return None
    other, gained, lost = best
    worse, better = _some(gained, rng, FAILURES - 1), _some(lost, rng, FAILURES - 1)
    return other, _lessons(ledger, genome, worse), _lessons(ledger, other, better)


def _drawn(
    ledger: Ledger, genome: Genome, rng: Generator, count: int, wanted: Callable[[float], bool]
) -> tuple[Lesson, ...]:
    qualities = _qualities(ledger, genome)
    places = [at for at, quality in qualities.items() if wanted(quality)]
    return _lessons(ledger, genome, _some(places, rng, count))


def _some(places: Sequence[int], rng: Generator, count: int) -> list[int]:
    return [places[int(at)] for at in rng.permutation(len(places))[:count]]


def _lessons(ledger: Ledger, genome: Genome, places: Sequence[int]) -> tuple[Lesson, ...]:
    return tuple(Lesson(at, ledger.scored(genome, at).feedback) for at in places)


def _qualities(ledger: Ledger, genome: Genome) -> dict[int, float]:
    """Returns the quality on the examples that a genome has seen, in their order."""
    seen = ledger.everything().get(genome, {})
    return {at: seen[at].score.quality for at in sorted(seen)}
