"""The store of several hosts: PostgreSQL, by psycopg 3 (extra ``postgres``)."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import SettingsError, StateBusy, StateError
from pytest_promptevo.state.outcomes import OUTCOME_COLUMNS, outcome_values
from pytest_promptevo.state.patient_connection import connection_class
from pytest_promptevo.state.sql_state import SqlState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from psycopg import Connection

    from pytest_promptevo.state.connected import Session
    from pytest_promptevo.state.records import Report

_CONNECT_SECONDS = 2
"""libpq takes no less."""

_DEAD_SECONDS = 5.0
"""A connection whose answer is later than this is given up."""

_SHOWN = ("host", "port", "dbname", "user")
"""Parts of an address that errors may name."""

_BARRIER = 0x70726F6D70746576
"""Advisory lock: shared while an outcome is written, alone for a moment to see them all."""

_SET_UP = _BARRIER + 1
_INSERT = (
    f"INSERT INTO promptevo_outcome ({OUTCOME_COLUMNS}) "
    "SELECT %s, %s, %s, %s::bigint, %s, %s, %s::float8, %s::float8, %s::int, %s::float8, "
    "%s::float8, %s::float8, %s, %s::float8 "
    f"FROM (SELECT pg_advisory_xact_lock_shared({_BARRIER}) OFFSET 0) AS barrier "
    "ON CONFLICT DO NOTHING"
)
"""The lock is had before the row has its number: the scan comes before the row's values."""


class _Session:
    """Statements of one PostgreSQL connection."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def rows(self, statement: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found = self._connection.execute(_dialect(statement), arguments)
        return found.fetchall()

    def change(self, statement: str, arguments: Sequence[Any] = ()) -> int:
        done = self._connection.execute(_dialect(statement), arguments)
        return done.rowcount


class PostgresState(SqlState):
    """Tables in a PostgreSQL database, shared by processes of any hosts.

    Only `prepare` connects, since that may take seconds; the other methods need a connection
    and give it up where the server does not answer in time.

    Args:
        address: What psycopg connects to: ``postgresql://user:password@host:port/database``.
        patience: Seconds to wait for the server's answer to a statement at most.

    Raises:
        SettingsError: if psycopg is missing or the address is none.
    """

    serial = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"

    def __init__(self, address: str, *, patience: float = 5.0) -> None:
        super().__init__()
        self._address = address
        self._patience = patience
        self._lock = threading.RLock()
        self._connection: Connection[Any] | None = None
        self._left_behind: list[Connection[Any]] = []
        self._kind = connection_class(patience)
        self.shown = _shown(address)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Lends the connection for queries."""
        with self._lent() as connection:
            yield _Session(connection)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Lends the connection, whose statements are committed together."""
        with self._lent() as connection:
            try:
                with connection.transaction():
                    yield _Session(connection)
            except TimeoutError:
                connection.close()  # nobody knows how far it is
                raise

    def writing_alone(self) -> AbstractContextManager[Session]:
        """Lends the connection; each statement is one round trip."""
        return self.reading()

    def insert(self, session: Session, report: Report, left_out: str) -> bool:
        """Adds a row, unless its decision (or the unit, as evidence) has one."""
        return bool(session.change(_INSERT, outcome_values(report, left_out)))

    def prepare(self) -> None:
        """Connects; makes the tables where they are missing."""
        if self._is_connected:
            return
        with self._lost_if_it_fails():
            connection = self._connect()
            try:
                with connection.transaction():
                    session = _Session(connection)
                    session.rows(f"SELECT pg_advisory_xact_lock({_SET_UP})")
                    if session.rows("SELECT to_regclass('promptevo_switch')") == [(None,)]:
                        self.set_up(session)
                    self.read_key(session)
            except BaseException:
                connection.close()
                raise
        with self._lock:
            self._disconnect()
            self._connection = connection

    def newest(self) -> int:
        """Returns the number of the newest outcome.

        Numbers are given out before commits: for a moment nobody may be between the two.
        """
        with self.writing() as session:
            session.rows(f"SELECT pg_advisory_xact_lock({_BARRIER})")
            query = "SELECT COALESCE(MAX(seq), 0) FROM promptevo_outcome"
            return int(session.rows(query)[0][0])

    def forget(self) -> None:
        """Leaves the connection to the parent process, whose session it is."""
        self._lock = threading.RLock()
        if self._connection is not None:
            self._left_behind.append(self._connection)  # closing it would end the session
            self._connection = None

    def close(self) -> None:
        """Disconnects. Closing twice is fine."""
        with self._lock:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _is_connected(self) -> bool:
        connection = self._connection
        if connection is None or connection.closed:
            return False
        parked_at: float | None = connection.parked_at  # type: ignore[attr-defined]
        return parked_at is None or time.monotonic() - parked_at < _DEAD_SECONDS

    @contextmanager
    def _lent(self) -> Iterator[Connection[Any]]:
        if self._connection is None:
            raise StateBusy(f"{self.shown} is not connected")
        if not self._lock.acquire(timeout=self._patience):
            raise StateBusy(f"{self.shown} is busy")
        try:
            with self._lost_if_it_fails():
                if self._connection is None or self._connection.closed:
                    raise StateBusy(f"{self.shown} is not connected")
                yield self._connection
        except StateBusy:
            raise
        except StateError:
            self._disconnect()
            raise
        finally:
            self._lock.release()

    @contextmanager
    def _lost_if_it_fails(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except (psycopg.Error, OSError, ValueError) as exc:
            kind = StateBusy if isinstance(exc, TimeoutError) else StateError
            raise kind(f"{self.shown} cannot be used: {_reason(exc, self._address)}") from None

    def _connect(self) -> Connection[Any]:
        connection: Connection[Any] = self._kind.connect(
            self._address,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="pytest-promptevo",
            prepare_threshold=1,
        )
        return connection


@cache
def _dialect(statement: str) -> bytes:
    """Returns a statement with PostgreSQL's placeholders."""
    return statement.replace("?", "%s").encode()


def _shown(address: str) -> str:
    """Returns where an address leads, without the password.

    Raises:
        SettingsError: if it is no address.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(address)
    except psycopg.Error:
        raise SettingsError("state: not an address of PostgreSQL's") from None
    where = parts.get("host") or "local"
    return f"PostgreSQL at {where}:{parts.get('port') or 5432}/{parts.get('dbname') or ''}"


def _reason(exc: Exception, address: str) -> str:
    """Returns the first line of what went wrong, without what else the address says.

    libpq quotes what it cannot use, and that may be a password in the wrong place.
    """
    from psycopg.conninfo import conninfo_to_dict

    text = str(exc).partition("\n")[0]
    for name, value in conninfo_to_dict(address).items():
        if value and name not in _SHOWN:
            text = text.replace(f'"{value}"', '"***"')
    return text
