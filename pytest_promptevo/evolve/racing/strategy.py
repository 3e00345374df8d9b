"""The strategy that wastes no call: many short races, chosen by what may still win.

After a start on three examples, each batch gives a block of examples to the genome that
is expected to improve most on the champion, a new child or one of an earlier race. A
genome that has clearly lost against the champion is out; the champion sees further
examples in every batch until it has seen all, for only then it is recommended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.operators import strangers
from pytest_promptevo.evolve.protocol import Evaluate
from pytest_promptevo.evolve.racing.again import first_again
from pytest_promptevo.evolve.racing.races import Races, on_some_examples
from pytest_promptevo.evolve.racing.tuning import Tuning

if TYPE_CHECKING:
    from pytest_promptevo.evolve.protocol import Search, Steps


def racing(search: Search, tuning: Tuning | None = None) -> Steps:
    """Races children against the champion until none is likely to win, and once again."""
    tuning = tuning or Tuning()
    search.begin()
    if not search.space.free:
        yield search.on_all_examples([search.initial])
        return "space exhausted"
    is_again = len(search.ledger.genomes()) >= tuning.strangers
    if is_again:
        genomes, count = first_again(search), tuning.block
        vain = tuning.vain - (tuning.new if len(genomes) > 2 else 0)
    else:
        genomes = strangers(search.space, search.initial, tuning.strangers, search.rng)
        count, vain = tuning.first, 0
    yield Evaluate(on_some_examples(search, genomes, count))
    search.close(genomes)
    search.begin()
    races = Races(search, tuning, vain)
    restarted = is_again  # an earlier search has looked all around
    while True:
        jobs = races.batch()
        if not jobs:
            return "space exhausted"
        if races.quiet():
            if restarted:
                while jobs := races.front():
                    yield Evaluate(jobs)
                return "converged"
            restarted = True
            jobs = races.restart()
        before = search.ledger.recommended
        yield Evaluate(jobs)
        races.settle(before)
        if races.perfect():
            return "converged"
        yield from races.proposals()
