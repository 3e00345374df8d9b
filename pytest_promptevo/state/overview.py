"""All that a store says of one suite's rollout, for people who want to know how it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_promptevo.state.records import LARGEST_TEXT, AllocationRow
from pytest_promptevo.state.report_shares import reports_of
from pytest_promptevo.state.switched import read_switches, seconds
from pytest_promptevo.state.tables import UNIT_AGAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.rollout import Allocation, Progress, Reports
    from pytest_promptevo.state.lineup import Lineup
    from pytest_promptevo.state.records import Mode
    from pytest_promptevo.state.sql_state import SqlState
    from pytest_promptevo.state.switched import Switch

_LAST = (
    "SELECT version, seq, stage, weights, why, at FROM promptevo_allocation "
    f"WHERE suite = ? AND lineup = ? AND length(weights) <= {LARGEST_TEXT} "
    "ORDER BY version DESC LIMIT 1"
)
_ALL = (
    "SELECT version, seq, stage, weights, why, at FROM promptevo_allocation "
    f"WHERE suite = ? AND lineup = ? AND length(weights) <= {LARGEST_TEXT} "
    "ORDER BY version DESC LIMIT ?"
)
_OTHERS = "SELECT COUNT(*) FROM promptevo_rollout WHERE suite = ? AND lineup <> ?"
_PENDING = (
    "SELECT COUNT(*) FROM promptevo_outcome WHERE seq > ? AND suite = ? AND lineup = ? "
    "AND left_out = ''"
)
_SEEN_UNITS = (
    "SELECT COUNT(*) FROM promptevo_outcome WHERE seq >= ? AND suite = ? AND lineup = ? "
    "AND left_out = ?"
)


@dataclass(frozen=True)
class Overview:
    """How a suite's rollout stands.

    Attributes:
        mode: The switch that is in force.
        switches: What was switched for the suite, and for all suites.
        allocation: The newest allocation; None before the rollout has begun.
        since: When it was made, in seconds since 1970.
        progress: The progress; None before the rollout has begun.
        reports: How many choices of each arm were reported.
        pending: Outcomes that are not taken into account yet.
        again: Outcomes of this rollout that are no evidence, as their unit had counted already.
        others: How many rollouts of other arms (of other locks) the store has for the suite.
    """

    mode: Mode
    switches: tuple[Switch, ...]
    allocation: Allocation | None = None
    since: float = 0.0
    progress: Progress | None = None
    reports: Mapping[str, Reports] | None = None
    pending: int = 0
    again: int = 0
    others: int = 0


def read_overview(state: SqlState, lineup: Lineup) -> Overview:
    """Returns how the rollout of a suite's arms stands.

    Raises:
        StateError: if the store cannot be used, or what it holds is no rollout of these arms.
    """
    place = (lineup.suite, lineup.key)
    mode = state.standing(*place).mode
    row = state.rollout(*place)
    switches = read_switches(state, lineup.suite)
    with state.reading() as session:
        last = session.rows(_LAST, place)
        others = int(session.rows(_OTHERS, place)[0][0])
    found = Overview(mode, switches, others=others)
    if row is None or not last:
        return found
    upto = state.newest()
    with state.reading() as session:
        pending = int(session.rows(_PENDING, (row.seq, *place))[0][0])
        again = int(session.rows(_SEEN_UNITS, (row.first_seq, *place, UNIT_AGAIN))[0][0])
    *values, at = last[0]
    return replace(
        found,
        allocation=lineup.allocation(AllocationRow(*values)),
        since=seconds(at),
        progress=lineup.progress(row.progress),
        reports=reports_of(state, lineup, row, state.reported(*place, row, upto)),
        pending=pending,
        again=again,
    )


def read_allocations(state: SqlState, lineup: Lineup, most: int) -> list[tuple[float, Allocation]]:
    """Returns the latest allocations of a rollout in order, each with when it was made.

    Args:
        state: The store.
        lineup: The arms.
        most: How many at most.

    Raises:
        StateError: if the store cannot be used, or what it holds are no allocations of these arms.
    """
    with state.reading() as session:
        rows = session.rows(_ALL, (lineup.suite, lineup.key, most))
    return [
        (seconds(at), lineup.allocation(AllocationRow(*values))) for *values, at in reversed(rows)
    ]
