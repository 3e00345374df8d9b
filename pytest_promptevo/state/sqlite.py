"""The store of one host: a SQLite file in WAL mode, whose writers take turns."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.private_folder import make_private
from pytest_promptevo.base.sqlite_files import Patience, check_schema, reason
from pytest_promptevo.base.text_files import check_link
from pytest_promptevo.errors import StateBusy, StateError
from pytest_promptevo.state import tables
from pytest_promptevo.state.open_files import OpenFile
from pytest_promptevo.state.sql_state import SqlState
from pytest_promptevo.state.turns import Turns

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pytest_promptevo.state.connected import Session
    from pytest_promptevo.state.records import Mode

_HEAD = b"SQLite format 3\0"

_SET_UP_SECONDS = 10.0
_OPEN_SECONDS = 1.0
"""Seconds to wait for a turn to look whether a file that is there has all tables."""

_SWITCH_SECONDS = 1.0
"""Seconds to wait for a turn to switch; then it is done without."""

_LONGEST_SECONDS = 60.0
"""For all that is done in one go, beside waiting for other writers."""

_FORK_SECONDS = 1.0
"""Seconds that a fork waits for what is being done with a file."""

_PAGE_BYTES = 1024
"""A commit writes each page that it changes, whole: small ones are a third of the work."""

_CHECKPOINT_BYTES = 4 << 20


class _Session:
    """Statements of one SQLite connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def rows(self, statement: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, arguments).fetchall()

    def change(self, statement: str, arguments: Sequence[Any] = ()) -> int:
        return self._connection.execute(statement, arguments).rowcount


class SqliteState(SqlState):
    """A SQLite file, shared by the processes of one host.

    A commit survives the death of the process at once, and that of the machine from the next
    checkpoint on, or at once if ``durable``.

    Args:
        path: The file; it is made by `prepare`.
        patience: Seconds to wait for other writers at most.
        durable: Whether each commit waits for the disk.
    """

    serial = "INTEGER PRIMARY KEY"

    def __init__(self, path: Path, *, patience: float = 5.0, durable: bool = False) -> None:
        super().__init__()
        self.path = path
        self._patience = patience
        self._durable = durable
        self._turns = Turns(path.with_name(f"{path.name}.lock"))
        # What deletes live.sqlite and all that is named like it must not delete this, too.
        self._mark = path.with_name(f".{path.name}.made")
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._limit: Patience | None = None
        self._file: OpenFile | None = None
        self._left_behind: list[sqlite3.Connection] = []
        _stores.add(self)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Lends the connection for queries."""
        with self._lent(self._connected) as connection:
            self._check_file()
            yield _Session(connection)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Lends the connection, whose statements are committed together, to one at a time."""
        with self.writing_alone() as session, _transaction(session):
            yield session

    @contextmanager
    def writing_alone(self) -> Iterator[_Session]:
        """Lends the connection to one at a time."""
        with _told(self.path), self._turns.turn(self._patience), self._lent(self._connected) as own:
            yield _Session(own)

    def switch(self, suite: str, mode: Mode, who: str = "", why: str = "") -> None:
        """Turns a suite on or off, at the latest without a turn: whoever has it may be stopped."""
        with _told(self.path), ExitStack() as turn:
            with suppress(TimeoutError):
                turn.enter_context(self._turns.turn(min(self._patience, _SWITCH_SECONDS)))
            with self._lent(self._connected) as connection:
                session = _Session(connection)
                with _transaction(session):
                    self.write_switch(session, suite, mode, who, why)

    def prepare(self) -> None:
        """Opens the file; makes it, its folder and its tables where they are missing.

        A file that is there is opened without a turn where others take too long.
        """
        with _told(self.path):
            with self._lock:
                if self._is_current():
                    return
            make_private(self.path.parent)
            check_link(self.path)
            is_there = self._identity() is not None
            try:
                with self._turns.turn(_OPEN_SECONDS if is_there else _SET_UP_SECONDS):
                    with self._lent(self._made):
                        pass
            except TimeoutError:
                if not is_there:
                    raise
                with self._lent(self._connected):
                    pass

    def newest(self) -> int:
        """Returns the number of the newest outcome."""
        with self.reading() as session:
            return int(session.rows("SELECT COALESCE(MAX(seq), 0) FROM promptevo_outcome")[0][0])

    def forget(self) -> None:
        """Leaves the connection to the parent process: SQLite's do not survive a fork."""
        self._lock = threading.RLock()
        self._turns.forget()
        if self._connection is not None:
            self._left_behind.append(self._connection)  # closing it would meddle with the parent
            self._connection = self._file = None

    def part(self) -> bool:
        """Closes the file before a fork; until `rejoin` no thread opens it again.

        Returns:
            Whether it could: not where a thread takes long.
        """
        if not self._lock.acquire(timeout=_FORK_SECONDS):
            return False
        self._disconnect()
        return True

    def rejoin(self) -> None:
        """Lets threads go on after `part`, each of which opens the file where it needs it."""
        self._lock.release()

    def close(self) -> None:
        """Closes the file. Closing twice is fine."""
        with self._lock:
            self._disconnect()
            self._turns.forget()

    @contextmanager
    def _lent(self, connect: Callable[[], sqlite3.Connection]) -> Iterator[sqlite3.Connection]:
        import sqlite3  # not before a store is used

        with self._lock:
            try:
                connection = connect()
                if self._limit is not None:
                    self._limit.begin()
                yield connection
            except (sqlite3.Error, OSError, OverflowError) as exc:
                self._disconnect()
                busy = isinstance(exc, sqlite3.OperationalError) and "locked" in str(exc)
                kind = StateBusy if busy else StateError
                raise kind(f"{self.path} cannot be used: {reason(exc)}") from None

    def _connected(self) -> sqlite3.Connection:
        """Returns the connection to the file that has the path now; it may have been replaced."""
        if not self._is_current():
            self._disconnect()
            if self._identity() is None:
                raise StateError(f"{self.path} is not there")
            self._connect()
        assert self._connection is not None
        return self._connection

    def _check_file(self) -> None:
        """Refuses a file in which nothing can be kept, though its pages are in memory still."""
        if self._file is None or self._file.head(len(_HEAD)) != _HEAD:
            raise StateError(f"{self.path} is damaged; delete it if it cannot be mended")
        if not os.access(self.path, os.W_OK):
            raise StateError(f"{self.path} cannot be written")

    def _made(self) -> sqlite3.Connection:
        self._disconnect()
        return self._connect(is_new=True)

    def _connect(self, *, is_new: bool = False) -> sqlite3.Connection:
        import sqlite3

        file = OpenFile(self.path, is_new=is_new)
        with ExitStack() as undo:
            undo.callback(file.close)
            connection = sqlite3.connect(
                self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            undo.callback(connection.close)
            limit = Patience(connection, self._patience + _LONGEST_SECONDS)
            if is_new:
                connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            check_schema(connection, (*tables.statements(self.serial), tables.BANDIT))
            if is_new:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                self.set_up(_Session(connection), is_again=self._mark.exists())
                connection.execute("COMMIT")
                check_link(self._mark)
                self._mark.touch()
            connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_BYTES // _PAGE_BYTES}")
            self.read_key(_Session(connection))
            undo.pop_all()
        self._connection, self._file, self._limit = connection, file, limit
        return connection

    def _is_current(self) -> bool:
        return self._file is not None and self._file.identity == self._identity()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.close()
            self._file = None


_stores: weakref.WeakSet[SqliteState] = weakref.WeakSet()
_forking = threading.local()


def _part_all() -> None:
    """Closes all files before a fork.

    A child inherits what SQLite knows of files that are open, and not the locks on them: when
    the parent ends, others would take themselves for the last user of the file and delete the
    log of writes, and nobody would ever see what the child has written.
    """
    _forking.parted = []  # which grows one by one: whatever happens, each that is held is let go
    _forking.parted.extend(store for store in tuple(_stores) if store.part())


def _rejoin_all() -> None:
    for store in _forking.parted:
        store.rejoin()


def _forget_all() -> None:
    for store in tuple(_stores):
        store.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_part_all, after_in_parent=_rejoin_all, after_in_child=_forget_all)


@contextmanager
def _transaction(session: _Session) -> Iterator[None]:
    """Commits what a block does, or takes it back."""
    session.change("BEGIN IMMEDIATE")
    try:
        yield
        session.change("COMMIT")
    except BaseException:
        if session.in_transaction:
            session.change("ROLLBACK")
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tells what a lock file or folder does not let do."""
    try:
        yield
    except TimeoutError:
        raise StateBusy(f"{path} is busy") from None
    except OSError as exc:
        raise StateError(f"{path} cannot be used: {exc.strerror}") from None
