"""Runs the steps of a strategy and keeps the books, until it stops or the budget is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.evolve.protocol import Evaluate, Proposal, Propose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.evolve.budget import Meter
    from pytest_promptevo.evolve.executor_runner import ExecutorRunner
    from pytest_promptevo.evolve.ledger import Ledger
    from pytest_promptevo.evolve.protocol import Job, Outcome, Step, Steps
    from pytest_promptevo.evolve.runner import Runner
    from pytest_promptevo.fitness import Scored

FIRST_PART = 10
"""Evaluations after which progress is first told; parts then grow."""

PART = 60
"""Most evaluations after which progress is told."""


class Driver:
    """Takes the steps of one search.

    Args:
        ledger: Where the scores go; a pair that it has is not evaluated again.
        meter: What the budget still pays for.
        runner: What evaluates a job.
        charged: Takes a job and what came of it; returns the checked score with its
            feedback, and the model calls that it took. Asked in the order of the jobs.
        propose: Finds new values of a gene.
        told: Called after every step, and within a large one: first after 10 evaluations,
            in the end after every 60.
    """

    def __init__(
        self,
        ledger: Ledger,
        meter: Meter,
        runner: Runner[Job, Any] | ExecutorRunner[Job],
        *,
        charged: Callable[[Job, Any], tuple[Scored, int]],
        propose: Callable[[Propose], Proposal],
        told: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._meter = meter
        self._runner = runner
        self._charged = charged
        self._propose = propose
        self._told = told

    def drive(self, strategy: Steps) -> str:
        """Runs a strategy, not yet started, to its end; returns why the search ended."""
        outcome: Outcome | None = None
        try:
            while True:
                try:
                    step = next(strategy) if outcome is None else strategy.send(outcome)
                except StopIteration as end:
                    return str(end.value)
                outcome = self._taken(step)
                self._told()
                if outcome is None:
                    return "budget"
        finally:
            strategy.close()

    def _taken(self, step: Step) -> Outcome | None:
        """Returns what came of a step, or None if the budget ran out before its end."""
        if isinstance(step, Propose):
            return self._proposed(step)
        is_whole = self._evaluated(step)
        self._ledger.settle()
        return [self._ledger.scored(*job) for job in step.jobs] if is_whole else None

    def _proposed(self, step: Propose) -> Proposal | None:
        if self._meter.affordable() < 1:
            return None
        proposal = self._propose(step)
        self._ledger.add_proposal(proposal.calls, proposal.tokens)
        return proposal

    def _evaluated(self, step: Evaluate) -> bool:
        """Scores the jobs of a step that have no score yet; False if the budget ran out.

        A large step, and one that the budget may not pay for, runs in parts. Their sizes
        follow from what earlier evaluations cost, never from timing, so that a search can be
        repeated. Only a budget in seconds can leave gaps in a step; what was paid by then is
        written down.
        """
        new = list(dict.fromkeys(job for job in step.jobs if not self._ledger.has(*job)))
        while new:
            part = min(FIRST_PART + self._ledger.evaluations, PART)
            count = int(min(self._meter.affordable(), len(new), part))
            if self._run(new[:count]) < count or not count:
                return False
            new = new[count:]
            if new:
                self._told()
        return True

    def _run(self, jobs: Sequence[Job]) -> int:
        """Evaluates jobs and writes down what came of them; returns how many were done."""
        done = self._runner.run(jobs, self._meter.late)
        for job, returned in done:
            scored, calls = self._charged(job, returned)
            self._ledger.add(*job, scored, calls)
            self._meter.paid(calls, scored.score.tokens)
        return len(done)
