"""Runs the batches of a strategy and keeps the books, until it stops or the budget is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_promptevo.evolve.budget import Meter
    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.evolve.protocol import Job
    from pytest_promptevo.evolve.runner import Runner
    from pytest_promptevo.fitness import Score


FIRST_PART = 10
"""Evaluations after which progress is first told; parts then grow."""

PART = 60
"""Most evaluations after which progress is told."""


def drive(
    strategy: Generator[list[Job], list[Score], str],
    ledger: Ledger,
    meter: Meter,
    runner: Runner[Job, Score],
    charged: Callable[[Job, Score], int],
    told: Callable[[], None],
) -> str:
    """Runs a strategy to its end.

    Args:
        strategy: The strategy, not yet started.
        ledger: Where the scores go; a pair that it has is not evaluated again.
        meter: What the budget still pays for.
        runner: What evaluates a job.
        charged: Model calls that an evaluation took; asked in the order of the jobs.
        told: Called after every batch, and within a large one: first after 10 evaluations,
            in the end after every 60.

    Returns:
        Why the search ended.
    """
    scores: list[Score] | None = None
    try:
        while True:
            try:
                jobs = next(strategy) if scores is None else strategy.send(scores)
            except StopIteration as end:
                return str(end.value)
            complete = _evaluated(jobs, ledger, meter, runner, charged, told)
            ledger.settle()
            told()
            if not complete:
                return "budget"
            scores = [ledger.score(*job) for job in jobs]
    finally:
        strategy.close()


def _evaluated(
    jobs: list[Job],
    ledger: Ledger,
    meter: Meter,
    runner: Runner[Job, Score],
    charged: Callable[[Job, Score], int],
    told: Callable[[], None],
) -> bool:
    """Scores the jobs of one batch that have no score yet; False if the budget ran out.

    A large batch, and one that the budget may not pay for, runs in parts. Their sizes
    follow from what earlier evaluations cost, never from timing, so that a search can be
    repeated. Only a budget in seconds can leave gaps in a batch; what was paid by then is
    written down.
    """
    new = list(dict.fromkeys(job for job in jobs if not ledger.has(*job)))
    while new:
        part = min(FIRST_PART + ledger.evaluations, PART)
        count = int(min(meter.affordable(), len(new), part))
        done = runner.run(new[:count], meter.late)
        for job, score in done:
            calls = charged(job, score)
            ledger.add(*job, score, calls)
            meter.paid(calls, score.tokens)
        if len(done) < count or not count:
            return False
        new = new[count:]
        if new:
            told()
    return True
