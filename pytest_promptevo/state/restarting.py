"""A rollout begins anew: nothing that was reported before is evidence for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import StateError
from pytest_promptevo.state.controller import tick

if TYPE_CHECKING:
    from pytest_promptevo.state.lineup import Lineup
    from pytest_promptevo.state.sql_state import SqlState

_TAKE_AWAY = "DELETE FROM promptevo_rollout WHERE suite = ? AND lineup = ?"


def restart(state: SqlState, lineup: Lineup) -> bool:
    """Begins a rollout anew, at the first stage; outcomes and allocations stay in the log.

    A process that dies in between leaves the beginning to whoever moves rollouts on next.

    Args:
        state: The store.
        lineup: The arms.

    Returns:
        Whether there was one before.

    Raises:
        StateError: if the store cannot be used, or the rollout is paused: then nothing begins.
    """
    if state.is_paused(lineup.suite):
        raise StateError(f"the rollout of {lineup.suite} is paused: turn it on first")
    with state.writing() as session:
        was_there = bool(session.change(_TAKE_AWAY, (lineup.suite, lineup.key)))
    tick(state, lineup)
    return was_there
