"""Where the rollout of a suite's candidates stands, and whether it is settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import StateError
from pytest_promptevo.genome import Genome
from pytest_promptevo.night.difference import Difference, difference
from pytest_promptevo.rollout import ROLLED_BACK, Outcome
from pytest_promptevo.state.controller import BATCH, tick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.rollout import Progress
    from pytest_promptevo.runtime.arms import Arms
    from pytest_promptevo.state.records import RolloutRow
    from pytest_promptevo.state.sql_state import SqlState

MOST_OF_TRAFFIC = 0.5
"""Share of the traffic from which a candidate of the last stage may be the winner."""


@dataclass(frozen=True)
class Standing:
    """Where a rollout stands.

    Attributes:
        settled: ``won``, ``dropped``, or nothing while it goes on.
        winner: Number of the candidate that has won, from 1 on; 0: none.
        why: A sentence for people.
        difference: Reward of the winner minus that of the locked genome.
        dropped: Ids of the arms that were dropped.
    """

    settled: str = ""
    winner: int = 0
    why: str = ""
    difference: Difference | None = None
    dropped: tuple[str, ...] = ()


def standing(state: SqlState, arms: Arms, entry: Entry) -> Standing:
    """Returns where the rollout of a lock entry's candidates stands, new outcomes included.

    It is settled when no candidate is left; or when at the last stage one gets most of the
    traffic and has the evidence there that it would need for a further stage.

    Raises:
        StateError: if the store cannot be used.
    """
    tick(state, arms.lineup)
    row = state.rollout(arms.lineup.suite, arms.lineup.key)
    if row is None:
        return Standing(why="no process has served the candidates yet")
    progress = arms.lineup.progress(row.progress)
    candidates = [(arm, progress.arms[arm]) for arm in arms.lineup.candidates]
    dropped = tuple(arm for arm, each in candidates if each.status == "dropped")
    if progress.stage == ROLLED_BACK or not progress.live:
        told = "; ".join(each.why for _, each in candidates)
        return Standing("dropped", why=f"no candidate is left: {told}", dropped=dropped)
    return replace(_at_work(state, arms, entry, row, progress), dropped=dropped)


def _at_work(
    state: SqlState, arms: Arms, entry: Entry, row: RolloutRow, progress: Progress
) -> Standing:
    settings = arms.lineup.settings
    rows = state.allocations(arms.lineup.suite, arms.lineup.key)
    allocations = {each.version: each for each in map(arms.lineup.allocation, rows)}
    present = allocations.get(progress.version)
    if present is None:
        raise StateError(f"the rollout of {arms.lineup.suite} has lost its allocation")
    leader = max(progress.live, key=lambda arm: present.weights.get(arm, 0.0))
    share = present.weights.get(leader, 0.0)
    last = len(settings.stages) - 1
    told = f"candidates get up to {settings.stages[progress.stage]:.0%}, the best one {share:.0%}"
    if progress.stage < last or share < MOST_OF_TRAFFIC:
        return Standing(why=told)
    state_of = progress.arms[leader]
    if state_of.in_stage[last] < settings.min_outcomes:
        return Standing(why=f"{told}: {state_of.in_stage[last]} outcomes at the last stage")
    found = difference(_outcomes(state, arms, row), allocations, leader, arms.lineup.control)
    if found is None or found.low <= -settings.margin:
        return Standing(why=f"{told}: reward {found} is not settled", difference=found)
    return Standing("won", _number(arms, entry, leader), told, found)


def _number(arms: Arms, entry: Entry, arm: str) -> int:
    genome = arms.by_id[arm].prompt.genome
    return 1 + next(
        index for index, each in enumerate(entry.candidates) if Genome(each.genome) == genome
    )


def _outcomes(state: SqlState, arms: Arms, row: RolloutRow) -> Iterator[Outcome]:
    """Yields all that is evidence of a rollout."""
    done, suite, key = replace(row, seq=row.first_seq), arms.lineup.suite, arms.lineup.key
    while batch := state.outcomes(suite, key, done, row.seq, BATCH):
        for each in batch:
            yield Outcome(each.arm, each.version, float(each.reward), seq=each.seq)
        done = replace(done, seq=batch[-1].seq)
