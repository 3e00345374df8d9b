"""Rollouts, their allocations, and how often each arm was chosen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_promptevo.base.numbers import is_whole
from pytest_promptevo.errors import StateError
from pytest_promptevo.state.connected import Connected
from pytest_promptevo.state.records import ALL_SUITES, LARGEST_TEXT, AllocationRow, RolloutRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.state.connected import Session

_EXPOSE = (
    "INSERT INTO promptevo_exposure (suite, lineup, version, arm, chosen, reported) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (suite, lineup, version, arm) DO UPDATE SET "
    "chosen = promptevo_exposure.chosen + excluded.chosen, "
    "reported = promptevo_exposure.reported + excluded.reported"
)
_START = (
    "INSERT INTO promptevo_rollout (suite, lineup, seq, first_version, first_seq, "
    "origin, progress, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (suite, lineup) DO NOTHING"
)
_ADVANCE = (
    "UPDATE promptevo_rollout SET seq = ?, progress = ?, at = ? "
    "WHERE suite = ? AND lineup = ? AND seq = ? AND progress = ?"
)
_PAUSED = "SELECT 1 FROM promptevo_switch WHERE mode = 'paused' AND (suite = ? OR suite = ?)"
_ALLOCATE = (
    "INSERT INTO promptevo_allocation (suite, lineup, version, seq, stage, weights, why, at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


class Rollouts(Connected):
    """The tables of rollouts, allocations and exposures."""

    def expose(self, suite: str, lineup: str, counts: Mapping[tuple[int, str], int]) -> None:
        """Adds to how often each arm was chosen, by allocation and arm."""
        with self.writing() as session:
            for place, count in sorted(counts.items()):
                session.change(_EXPOSE, (suite, lineup, *place, count, 0))

    def exposures(self, suite: str, lineup: str) -> dict[tuple[int, str], tuple[int, int]]:
        """Returns how often each arm was chosen and reported, by allocation and arm.

        What somebody has written that is no count is left out.
        """
        query = (
            "SELECT version, arm, chosen, reported FROM promptevo_exposure "
            "WHERE suite = ? AND lineup = ?"
        )
        with self.reading() as session:
            rows = session.rows(query, (suite, lineup))
        return {
            (row[0], row[1]): row[2:]
            for row in rows
            if isinstance(row[1], str) and all(is_whole(each) for each in (row[0], *row[2:]))
        }

    def rollout(self, suite: str, lineup: str) -> RolloutRow | None:
        """Returns the rollout of a suite's arms, once it has begun.

        Raises:
            StateError: if its numbers are none; its texts are not looked at.
        """
        query = (
            "SELECT seq, first_version, first_seq, origin, progress, at FROM promptevo_rollout "
            "WHERE suite = ? AND lineup = ?"
        )
        with self.reading() as session:
            found = session.rows(query, (suite, lineup))
        if not found:
            return None
        row = RolloutRow(*found[0])
        numbers = (row.seq, row.first_version, row.first_seq)
        if not all(map(is_whole, numbers)) or not isinstance(row.at, float):
            raise StateError(f"the rollout of {suite} cannot be read: its numbers are none")
        return row

    def is_paused(self, suite: str) -> bool:
        """Whether shares shall stay as they are: also of a suite that is paused and off."""
        with self.reading() as session:
            return self._is_paused(session, suite)

    def _is_paused(self, session: Session, suite: str) -> bool:
        return bool(session.rows(_PAUSED, (suite, ALL_SUITES)))

    def start(
        self, suite: str, lineup: str, rollout: RolloutRow, allocation: AllocationRow | None
    ) -> bool:
        """Begins a rollout with its first allocation.

        Returns:
            False if another process has begun it.
        """
        now = time.time()
        numbers = (rollout.seq, rollout.first_version, rollout.first_seq)
        with self.writing() as session:
            if not session.change(
                _START, (suite, lineup, *numbers, rollout.origin, rollout.progress, now)
            ):
                return False
            if allocation is not None:
                self._allocate(session, suite, lineup, allocation)
        return True

    def advance(
        self,
        suite: str,
        lineup: str,
        before: RolloutRow,
        after: RolloutRow,
        allocation: AllocationRow | None,
        reported: Mapping[tuple[int, str], int],
    ) -> bool:
        """Replaces a rollout's progress, counts reports and appends an allocation, or nothing.

        Returns:
            False if another process was faster, or somebody has paused the rollout meanwhile:
            nothing is written then.
        """
        changes = (after.seq, after.progress, time.time())
        with self.writing() as session:
            if self._is_paused(session, suite):
                return False
            if not session.change(_ADVANCE, (*changes, suite, lineup, before.seq, before.progress)):
                return False
            for place, count in sorted(reported.items()):
                session.change(_EXPOSE, (suite, lineup, *place, 0, count))
            if allocation is not None:
                self._allocate(session, suite, lineup, allocation)
        return True

    def _allocate(self, session: Session, suite: str, lineup: str, row: AllocationRow) -> None:
        values = (row.version, row.seq, row.stage, row.weights, row.why, time.time())
        if not session.change(_ALLOCATE, (suite, lineup, *values)):
            raise StateError(f"allocation {row.version} of {suite} is there already")

    def allocations(self, suite: str, lineup: str) -> list[AllocationRow]:
        """Returns all allocations of a rollout, in order."""
        query = (
            "SELECT version, seq, stage, weights, why FROM promptevo_allocation "
            f"WHERE suite = ? AND lineup = ? AND length(weights) <= {LARGEST_TEXT} "
            "ORDER BY version"
        )
        with self.reading() as session:
            return [AllocationRow(*row) for row in session.rows(query, (suite, lineup))]
