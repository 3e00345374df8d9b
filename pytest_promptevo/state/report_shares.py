"""How many choices of each arm were reported."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_promptevo.rollout import Reports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.state.lineup import Lineup
    from pytest_promptevo.state.records import RolloutRow
    from pytest_promptevo.state.sql_state import SqlState


def reports_of(
    state: SqlState, lineup: Lineup, row: RolloutRow, new: Mapping[tuple[int, str], int]
) -> dict[str, Reports]:
    """Returns how many choices of each arm were reported since a rollout began.

    Args:
        state: The store.
        lineup: The arms.
        row: The rollout.
        new: What was reported since it was last moved on, by allocation and arm.

    Raises:
        StateError: if the store cannot be used.
    """
    chosen: Counter[str] = Counter()
    reported: Counter[str] = Counter()
    for (version, arm), (shown, told) in state.exposures(lineup.suite, lineup.key).items():
        if version >= row.first_version:
            chosen[arm] += shown
            reported[arm] += told
    for (_, arm), count in new.items():
        reported[arm] += count
    return {arm: Reports(chosen[arm], reported[arm]) for arm in lineup.arms}
