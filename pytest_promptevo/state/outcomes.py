"""Outcomes that were reported, and failures that wait for their answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.state import tables
from pytest_promptevo.state.connected import Connected
from pytest_promptevo.state.decision import Sealer
from pytest_promptevo.state.records import OutcomeRow, Queued, QueueRow, Report, RolloutRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.state.connected import Session

OUTCOME_COLUMNS = (
    "decision, suite, lineup, version, arm, unit, reward, quality, "
    "error, latency_ms, tokens, repairs, left_out, at"
)
_INSERT = (
    f"INSERT INTO promptevo_outcome ({OUTCOME_COLUMNS}) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_QUEUE = (
    "INSERT INTO promptevo_queue (suite, decision, inputs, answer, expected, status, at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (suite, decision) DO UPDATE SET "
    "inputs = COALESCE(promptevo_queue.inputs, excluded.inputs), "
    "answer = COALESCE(promptevo_queue.answer, excluded.answer), "
    "expected = COALESCE(promptevo_queue.expected, excluded.expected), "
    "status = CASE WHEN promptevo_queue.status <> 'waits' THEN promptevo_queue.status "
    "WHEN COALESCE(promptevo_queue.inputs, excluded.inputs) IS NULL "
    "OR COALESCE(promptevo_queue.expected, excluded.expected) IS NULL THEN 'waits' "
    "ELSE 'ready' END"
)
_REPORTED = (
    "SELECT version, arm, COUNT(*) FROM promptevo_outcome WHERE seq > ? AND seq <= ? "
    "AND suite = ? AND lineup = ? AND version >= ? AND left_out IN (?, ?) GROUP BY version, arm"
)
_EVIDENCE = (
    "SELECT seq, version, arm, reward, error, latency_ms, tokens FROM promptevo_outcome "
    f"WHERE seq > ? AND seq <= ? AND suite = ? AND lineup = ? AND left_out = '{tables.EVIDENCE}' "
    "AND version >= ? ORDER BY seq LIMIT ?"
)


class Outcomes(Connected):
    """The tables of outcomes and of the queue."""

    def report(self, report: Report) -> bool:
        """Keeps an outcome; committed when it returns.

        Returns:
            False if there is one of this decision.
        """
        is_alone = report.queued is None
        with self.writing_alone() if is_alone else self.writing() as session:
            return self.keep(session, report)

    def report_all(self, reports: Iterable[Report]) -> int:
        """Keeps outcomes, all or none; returns how many were new."""
        with self.writing() as session:
            return sum(self.keep(session, report) for report in reports)

    def keep(self, session: Session, report: Report) -> bool:
        """Keeps an outcome within a transaction."""
        left_out = report.left_out if self._is_ours(report) else tables.FOREIGN
        is_new = self.insert(session, report, left_out)
        if not is_new and report.unit and not left_out:
            # The decision has an outcome, or else its unit has one.
            is_new = self.insert(session, report, tables.UNIT_AGAIN)
        queued = report.queued
        if queued is not None and left_out != tables.FOREIGN:
            status = "waits" if None in (queued.inputs, queued.expected) else "ready"
            texts = (queued.inputs, queued.answer, queued.expected, status)
            session.change(_QUEUE, (report.suite, report.decision, *texts, report.at))
        return is_new

    def insert(self, session: Session, report: Report, left_out: str) -> bool:
        """Adds a row, unless its decision (or the unit, as evidence) has one."""
        return bool(session.change(_INSERT, outcome_values(report, left_out)))

    def is_foreign(self, report: Report) -> bool:
        """Whether a report is known to be of no decision that this store's key has sealed."""
        return self._key is not None and not self._is_ours(report)

    def _is_ours(self, report: Report) -> bool:
        """Whether a process that knows this store's key has made the decision."""
        if self._key is None:
            return False
        if report.suite not in self._sealers:
            self._sealers[report.suite] = Sealer(self._key, report.suite)
        return self._sealers[report.suite].is_sealed(report.decision)

    def reported(
        self, suite: str, lineup: str, rollout: RolloutRow, upto: int
    ) -> dict[tuple[int, str], int]:
        """Returns how often each arm was reported since a rollout was last moved on."""
        place = (rollout.seq, upto, suite, lineup, rollout.first_version)
        arguments = (*place, tables.EVIDENCE, tables.UNIT_AGAIN)
        with self.reading() as session:
            return {(row[0], row[1]): row[2] for row in session.rows(_REPORTED, arguments)}

    def outcomes(
        self, suite: str, lineup: str, rollout: RolloutRow, upto: int, most: int
    ) -> list[OutcomeRow]:
        """Returns the next outcomes that are evidence for a rollout, in order."""
        arguments = (rollout.seq, upto, suite, lineup, rollout.first_version, most)
        with self.reading() as session:
            return [OutcomeRow(*row) for row in session.rows(_EVIDENCE, arguments)]

    def queue(self, suite: str) -> list[QueueRow]:
        """Returns the failures of a suite that were queued, the oldest first."""
        query = (
            "SELECT id, suite, decision, inputs, answer, expected, status, at "
            "FROM promptevo_queue WHERE suite = ? ORDER BY id"
        )
        with self.reading() as session:
            rows = session.rows(query, (suite,))
        return [QueueRow(row[0], row[1], row[2], Queued(*row[3:6]), row[6], row[7]) for row in rows]


def outcome_values(report: Report, left_out: str) -> tuple[Any, ...]:
    """Returns the values of an outcome's columns."""
    *before, at, _, _ = report
    return (*before, left_out, at)
