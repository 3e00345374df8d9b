"""The SQLite file of the local store: its tables, how it is opened and who may use it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING

from pytest_promptevo.base.private_folder import make_private
from pytest_promptevo.base.sqlite_files import Patience, check_schema, reason
from pytest_promptevo.base.text_files import check_link
from pytest_promptevo.errors import RecordingError
from pytest_promptevo.recording.record import Recording

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 4
COLUMNS = tuple(column.name for column in fields(Recording))
"""Columns of the table ``answers``."""

POLL_SECONDS = 0.05
"""How long a process waits before it looks again."""

NO_LIMIT = -1
"""What stands for an answer without a limit of tokens: a primary key takes no NULL."""

_LIMIT = "max_tokens INTEGER NOT NULL"
_ANSWERS = ", ".join(COLUMNS).replace("max_tokens", _LIMIT, 1)
_TABLES = (
    f"CREATE TABLE IF NOT EXISTS answers ({_ANSWERS}, PRIMARY KEY (key, max_tokens)) WITHOUT ROWID",
    f"CREATE TABLE runs (key, {_LIMIT}, run, PRIMARY KEY (key, max_tokens)) WITHOUT ROWID",
    f"CREATE TABLE claims (key, {_LIMIT}, owner, PRIMARY KEY (key, max_tokens)) WITHOUT ROWID",
    "CREATE TABLE slots (model, slot INTEGER, owner, PRIMARY KEY (model, slot)) WITHOUT ROWID",
    "CREATE TABLE outages (run, model, PRIMARY KEY (run, model)) WITHOUT ROWID",
)
_PASSING = tuple(
    f"DROP TABLE IF EXISTS {table}" for table in ("runs", "claims", "slots", "outages")
)
"""What makes room in a file of an older version: its answers stay, the rest was passing."""

_OLDER = ("CREATE TABLE claims (key PRIMARY KEY, owner, until REAL) WITHOUT ROWID",)
"""What versions before 4 made: it has words of theirs that no table has today."""

_DAMAGED = "delete it if it is damaged; its answers are then asked for again"
_READ_ONLY = "it, or its folder, may not be written: change that, or run elsewhere"

_OPEN_SECONDS = 60.0
_LONGEST_SECONDS = 180.0
"""For all that is done in one go, waiting for other processes included."""


class Database:
    """One connection to the file, opened when first needed, shared by all threads.

    Args:
        path: The SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._patience: Patience | None = None

    @property
    def exists(self) -> bool:
        """Whether there is anything to read."""
        return self._connection is not None or self.path.exists()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lends the connection to one thread; makes the file where it is missing.

        Raises:
            RecordingError: if the file cannot be used.
        """
        import sqlite3  # a replay of committed recordings needs no store

        with self._lock:
            try:
                if self._connection is None or self._patience is None:
                    self._connection, self._patience = open_database(self.path)
                self._patience.begin()
                yield self._connection
            except sqlite3.DatabaseError as exc:
                raise RecordingError(
                    f"the local store cannot be used: {reason(exc)}",
                    path=self.path,
                    hint=_READ_ONLY if "readonly" in str(exc) else _DAMAGED,
                ) from None
            except OSError as exc:
                raise RecordingError(
                    f"the local store cannot be made: {exc.strerror}", path=self.path
                ) from None

    def close(self) -> None:
        """Closes the file. Closing twice is fine."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def open_database(path: Path) -> tuple[sqlite3.Connection, Patience]:
    """Opens the store's file; makes it, its folder and its tables where they are missing.

    Raises:
        sqlite3.DatabaseError: if the file is none of ours.
        OSError: if it cannot be made.
    """
    import sqlite3

    make_private(path.parent)
    check_link(path)
    connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    patience = Patience(connection, _LONGEST_SECONDS)
    try:
        _set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection, patience


def _set_up(connection: sqlite3.Connection) -> None:
    """Makes the tables; SQLite does not wait for a lock while it switches to WAL, so we do."""
    import sqlite3

    patience = time.monotonic() + _OPEN_SECONDS
    while True:
        try:
            check_schema(connection, (*_TABLES, *_OLDER))
            version = _version(connection)
            if version not in range(VERSION + 1):
                raise sqlite3.DatabaseError(f"made by another version ({version})")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if version != VERSION:
                _make_tables(connection)
            return
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc) or time.monotonic() > patience:
                raise
            time.sleep(POLL_SECONDS)


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # commits, or takes everything back
        if _version(connection) == VERSION:
            return  # another process was faster
        for statement in (*_PASSING, *_TABLES, f"PRAGMA user_version = {VERSION}"):
            connection.execute(statement)
        _add_columns(connection)


def _add_columns(connection: sqlite3.Connection) -> None:
    """Adds the columns that a file of an older version lacks; its answers stay."""
    present = {row[1] for row in connection.execute("PRAGMA table_info(answers)")}
    for column in COLUMNS:
        if column not in present:
            connection.execute(f"ALTER TABLE answers ADD COLUMN {column}")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
