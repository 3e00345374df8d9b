"""Who moves a rollout on: new outcomes in, evidence and perhaps a new allocation out."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.base.numbers import is_whole
from pytest_promptevo.errors import PromptEvoError, StateError
from pytest_promptevo.rollout import Outcome, Progress, Step, advance, begin, observe
from pytest_promptevo.state.events import CandidateDropped, StageChanged, emit
from pytest_promptevo.state.lineup import Lineup, allocation_row, rollout_row
from pytest_promptevo.state.report_shares import reports_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.rollout import Allocation
    from pytest_promptevo.state.records import OutcomeRow, RolloutRow
    from pytest_promptevo.state.sql_state import SqlState

BATCH = 1_000
"""Outcomes after which shares are worked out anew at the latest."""

TICK_SECONDS = 10.0
"""How often a process looks whether a rollout can be moved on."""


def tick(state: SqlState, lineup: Lineup, *, is_forced: bool = True) -> int:
    """Moves a rollout on by the outcomes that are new.

    Any process may try at any time. Each step replaces the progress that it was made from, so
    of two that try at once one changes nothing.

    Args:
        state: The store.
        lineup: The arms.
        is_forced: Whether to do it although another process has, a moment ago.

    Returns:
        How many outcomes were taken into account.

    Raises:
        StateError: if the store cannot be used, or what it holds is no rollout of these arms.
    """
    if state.is_paused(lineup.suite):
        return 0
    row = state.rollout(lineup.suite, lineup.key)
    if row is None:
        _begin(state, lineup)
        return 0
    if not is_forced and abs(time.time() - row.at) < TICK_SECONDS / 2:
        return 0
    upto, taken = state.newest(), 0
    while row.seq < upto:
        outcomes = state.outcomes(lineup.suite, lineup.key, row, upto, BATCH)
        after = _step(state, lineup, row, outcomes, upto)
        if after is None:
            break
        row, taken = after, taken + len(outcomes)
    return taken


def rebuild(state: SqlState, lineup: Lineup) -> Progress | None:
    """Works the progress out anew: from the log, as far as the rollout has come.

    Returns:
        The progress with tallies and evidence as they must be, and stage and status as they
        were at the beginning; None before a rollout has begun.

    Raises:
        StateError: as `tick`.
    """
    row = state.rollout(lineup.suite, lineup.key)
    if row is None:
        return None
    progress, done = lineup.progress(row.origin), replace(row, seq=row.first_seq)
    allocations = _allocations(state, lineup, row)
    while outcomes := state.outcomes(lineup.suite, lineup.key, done, row.seq, BATCH):
        progress = observe(lineup.settings, progress, _evidence(outcomes), allocations)
        done = replace(done, seq=outcomes[-1].seq)
    return progress


def is_same_evidence(one: Progress, other: Progress) -> bool:
    """Whether tallies and evidence are equal to the last bit."""
    return _evidence_of(one) == _evidence_of(other)


def _begin(state: SqlState, lineup: Lineup) -> None:
    # A rollout that was taken away leaves its allocations: numbers are not used again.
    before = state.allocations(lineup.suite, lineup.key)
    version = max((row.version for row in before if is_whole(row.version)), default=0) + 1
    seq = state.newest()
    step = begin(lineup.settings, lineup.control, lineup.candidates, lineup.priors, version)
    allocation = None if step.allocation is None else allocation_row(step.allocation, seq)
    if state.start(lineup.suite, lineup.key, rollout_row(step.progress, seq), allocation):
        _tell(lineup, step)


def _step(
    state: SqlState, lineup: Lineup, row: RolloutRow, outcomes: Sequence[OutcomeRow], upto: int
) -> RolloutRow | None:
    """Takes one batch into account; None if another process was faster, or it is paused."""
    seq = outcomes[-1].seq if len(outcomes) == BATCH else upto
    progress = lineup.progress(row.progress)
    reported = state.reported(lineup.suite, lineup.key, row, seq)
    try:
        step = advance(
            lineup.settings,
            progress,
            _evidence(outcomes),
            _allocations(state, lineup, row),
            reports_of(state, lineup, row, reported),
        )
        after = rollout_row(step.progress, seq, since=row)
    except (PromptEvoError, ArithmeticError, LookupError, TypeError, ValueError) as exc:
        raise StateError(f"the rollout of {lineup.suite} cannot go on: {exc}") from None
    allocation = None if step.allocation is None else allocation_row(step.allocation, seq)
    if not state.advance(lineup.suite, lineup.key, row, after, allocation, reported):
        return None
    _tell(lineup, step)
    return after


def _allocations(state: SqlState, lineup: Lineup, rollout: RolloutRow) -> Mapping[int, Allocation]:
    """Returns a rollout's allocations; what there was before it began anew is not looked at."""
    found = {}
    for row in state.allocations(lineup.suite, lineup.key):
        if not is_whole(row.version) or row.version >= rollout.first_version:
            found[row.version] = lineup.allocation(row)
    return found


def _evidence(rows: Sequence[OutcomeRow]) -> list[Outcome]:
    """Returns the outcomes of rows; what somebody has written that is none is left out."""
    found = []
    for row in rows:
        try:
            outcome = Outcome(
                row.arm,
                row.version,
                float(row.reward),
                bool(row.error),
                row.latency_ms,
                row.tokens,
                row.seq,
            )
        except (PromptEvoError, TypeError, ValueError):
            continue
        found.append(outcome)
    return found


def _tell(lineup: Lineup, step: Step) -> None:
    for event in step.events:
        if event.kind in ("dropped", "retired"):
            emit(CandidateDropped(lineup.suite, event.arm, event.guard, event.why))
        else:
            emit(StageChanged(lineup.suite, step.progress.stage, event.why))


def _evidence_of(progress: Progress) -> object:
    arms = {
        arm: (state.tally, state.guards, state.in_stage) for arm, state in progress.arms.items()
    }
    return progress.n, progress.seq, progress.baseline, arms
