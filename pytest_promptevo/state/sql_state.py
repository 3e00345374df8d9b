"""All that is asked of a store, in the SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from pytest_promptevo.base.numbers import is_whole
from pytest_promptevo.errors import StateError
from pytest_promptevo.state import tables
from pytest_promptevo.state.decision import KEY_BYTES, Sealer
from pytest_promptevo.state.records import (
    ALL_SUITES,
    LARGEST_TEXT,
    MODES,
    AllocationRow,
    Mode,
    OutcomeRow,
    Queued,
    QueueRow,
    Report,
    RolloutRow,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

LATEST_REPORT_SECONDS = 14 * 24 * 3600.0
"""A report that comes later after its decision than this is kept, and is no evidence."""

_STANDING = (
    "SELECT version, seq, stage, weights, why FROM promptevo_allocation "
    f"WHERE suite = ? AND lineup = ? AND length(weights) <= {LARGEST_TEXT} "
    "ORDER BY version DESC LIMIT 1"
)
_MODES = "SELECT suite, mode FROM promptevo_switch WHERE suite = ? OR suite = ?"
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
_EXPOSE = (
    "INSERT INTO promptevo_exposure (suite, lineup, version, arm, chosen, reported) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (suite, lineup, version, arm) DO UPDATE SET "
    "chosen = promptevo_exposure.chosen + excluded.chosen, "
    "reported = promptevo_exposure.reported + excluded.reported"
)
_REPORTED = (
    "SELECT version, arm, COUNT(*) FROM promptevo_outcome WHERE seq > ? AND seq <= ? "
    "AND suite = ? AND lineup = ? AND version >= ? AND left_out IN (?, ?) GROUP BY version, arm"
)
_START = (
    "INSERT INTO promptevo_rollout (suite, lineup, seq, first_version, first_seq, "
    "origin, progress, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (suite, lineup) DO NOTHING"
)
_ADVANCE = (
    "UPDATE promptevo_rollout SET seq = ?, progress = ?, at = ? "
    "WHERE suite = ? AND lineup = ? AND seq = ? AND progress = ?"
)
_ALLOCATE = (
    "INSERT INTO promptevo_allocation (suite, lineup, version, seq, stage, weights, why, at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_EVIDENCE = (
    "SELECT seq, version, arm, reward, error, latency_ms, tokens FROM promptevo_outcome "
    f"WHERE seq > ? AND seq <= ? AND suite = ? AND lineup = ? AND left_out = '{tables.EVIDENCE}' "
    "AND version >= ? ORDER BY seq LIMIT ?"
)
_SWITCH = (
    "INSERT INTO promptevo_switch (suite, mode, who, why, at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (suite) DO UPDATE SET mode = excluded.mode, who = excluded.who, "
    "why = excluded.why, at = excluded.at "
    # Switching again to what holds keeps who did it, when and why, unless there is a new reason.
    "WHERE COALESCE(promptevo_switch.mode, '') <> excluded.mode OR excluded.why <> ''"
)


_HOLD = (
    "INSERT INTO promptevo_switch (suite, mode, who, why, at) VALUES (?, 'off', '', ?, ?) "
    "ON CONFLICT (suite) DO NOTHING"
)
_NEW_STORE = (
    "the store is a new one in place of another: what that one had switched off or dropped is "
    "not known (`promptevo on --all` begins)"
)


class Session(Protocol):
    """What statements run in; each argument stands for one ``?``."""

    def rows(self, statement: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Returns what a query finds."""

    def change(self, statement: str, arguments: Sequence[Any] = ()) -> int:
        """Returns how many rows a statement has changed."""


class SqlState(ABC):
    """A store of allocations and outcomes.

    Every method raises `StateError` if the store cannot be used; what was begun is then taken
    back, unless the connection broke while it was committed.
    """

    serial = ""

    def __init__(self) -> None:
        self._key: bytes | None = None
        self._seen: set[bytes] = set()
        self._sealers: dict[str, Sealer] = {}

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """Lends a session for queries."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Session]:
        """Lends a session whose statements are committed together at its end."""

    @abstractmethod
    def writing_alone(self) -> AbstractContextManager[Session]:
        """Lends a session each of whose statements is committed for itself."""

    @abstractmethod
    def prepare(self) -> None:
        """Connects; makes the store and its tables where they are missing."""

    @abstractmethod
    def newest(self) -> int:
        """Returns the number of the newest outcome; all that have lower ones are there."""

    @abstractmethod
    def forget(self) -> None:
        """Leaves connections to the parent process: this one is its child."""

    @abstractmethod
    def close(self) -> None:
        """Disconnects. Closing twice is fine."""

    @property
    def key(self) -> bytes | None:
        """The key of the store's ids and hashes, once it was read."""
        return self._key

    def standing(self, suite: str, lineup: str) -> Standing:
        """Returns the switch and the newest allocation of a suite."""
        with self.reading() as session:
            self.read_key(session)  # tables may have been made anew behind this connection
            modes = dict(session.rows(_MODES, (suite, ALL_SUITES)))
            found = session.rows(_STANDING, (suite, lineup))
        given = [modes.get(name, "on") for name in (suite, ALL_SUITES)]
        # What nobody here has written is no permission.
        mode: Mode = max(
            (each if each in MODES else "off" for each in given), key=("on", "paused", "off").index
        )
        return Standing(mode, AllocationRow(*found[0]) if found else None)

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

    def reported(
        self, suite: str, lineup: str, rollout: RolloutRow, upto: int
    ) -> dict[tuple[int, str], int]:
        """Returns how often each arm was reported since a rollout was last moved on."""
        place = (rollout.seq, upto, suite, lineup, rollout.first_version)
        arguments = (*place, tables.EVIDENCE, tables.UNIT_AGAIN)
        with self.reading() as session:
            return {(row[0], row[1]): row[2] for row in session.rows(_REPORTED, arguments)}

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
            False if another process was faster: nothing is written then.
        """
        changes = (after.seq, after.progress, time.time())
        with self.writing() as session:
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

    def outcomes(
        self, suite: str, lineup: str, rollout: RolloutRow, upto: int, most: int
    ) -> list[OutcomeRow]:
        """Returns the next outcomes that are evidence for a rollout, in order."""
        arguments = (rollout.seq, upto, suite, lineup, rollout.first_version, most)
        with self.reading() as session:
            return [OutcomeRow(*row) for row in session.rows(_EVIDENCE, arguments)]

    def switch(self, suite: str, mode: Mode, who: str = "", why: str = "") -> None:
        """Turns a suite (or `ALL_SUITES`) on or off."""
        with self.writing() as session:
            self.write_switch(session, suite, mode, who, why)

    def write_switch(self, session: Session, suite: str, mode: Mode, who: str, why: str) -> None:
        """Turns a suite on or off within a transaction."""
        session.change(_SWITCH, (suite, mode, who, why, time.time()))

    def queue(self, suite: str) -> list[QueueRow]:
        """Returns the failures of a suite that were queued, the oldest first."""
        query = (
            "SELECT id, suite, decision, inputs, answer, expected, status, at "
            "FROM promptevo_queue WHERE suite = ? ORDER BY id"
        )
        with self.reading() as session:
            rows = session.rows(query, (suite,))
        return [QueueRow(row[0], row[1], row[2], Queued(*row[3:6]), row[6], row[7]) for row in rows]

    def probe(self) -> None:
        """Writes a little, to see that it can."""
        with self.writing() as session:
            session.change(
                "INSERT INTO promptevo_meta VALUES ('probe', ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (str(time.time()),),
            )

    def set_up(self, session: Session, *, is_again: bool = False) -> None:
        """Makes what is missing in a new store.

        Args:
            session: What it is done in.
            is_again: Whether there was a store here before: a new one begins switched off.
        """
        for statement in tables.statements(self.serial):
            session.change(statement)
        add = "INSERT INTO promptevo_meta VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
        session.change(add, ("schema", tables.SCHEMA))
        if session.change(add, ("key", secrets.token_hex(KEY_BYTES))) and is_again:
            self._hold(session)

    def read_key(self, session: Session) -> None:
        """Reads the key of the store; one in place of another is switched off.

        Raises:
            StateError: if the store is of another version, or its key is none.
        """
        found = dict(
            session.rows("SELECT key, value FROM promptevo_meta WHERE key IN ('schema', 'key')")
        )
        if found.get("schema") != tables.SCHEMA:
            raise StateError("the store was made by another version of pytest-promptevo")
        try:
            key = bytes.fromhex(found["key"])
        except (KeyError, TypeError, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise StateError("the store has no usable key")
        if self._seen and key not in self._seen:
            self._hold(session)
        self._seen.add(key)
        if key != self._key:
            self._key, self._sealers = key, {}

    def _hold(self, session: Session) -> None:
        """Switches all suites off, unless somebody has said what they shall be.

        A kill switch must not be undone by the loss of the store that it was kept in.
        """
        session.change(_HOLD, (ALL_SUITES, _NEW_STORE, time.time()))


def outcome_values(report: Report, left_out: str) -> tuple[Any, ...]:
    """Returns the values of an outcome's columns."""
    *before, at, _, _ = report
    return (*before, left_out, at)
