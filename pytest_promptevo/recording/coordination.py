"""What the processes that share a store tell each other: who asks, who may, who is gone."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.recording.database import NO_LIMIT, POLL_SECONDS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from pytest_promptevo.recording.database import Database

_CLAIM_SECONDS = 300.0


class Coordination:
    """Claims on answers, slots of models and outages of servers, each in a table of its own.

    A claim or a slot ends when it is given back, when its process has died, or after 300 s.

    Args:
        database: The store's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = f"{os.getpid()}-{id(self)}"

    def claim(self, key: str, max_tokens: int | None) -> bool:
        """Tries to be the one process that asks for an answer.

        Returns:
            True if the caller shall ask (and then keep the answer or `release`); False if
            another process asks already.
        """
        return self._take("claims", ("key", "max_tokens"), (key, _limit(max_tokens)))

    def release(self, key: str, max_tokens: int | None) -> None:
        """Gives a claim back."""
        self._give_back("claims", ("key", "max_tokens"), (key, _limit(max_tokens)))

    @contextmanager
    def slot(self, model: str, limit: int) -> Iterator[None]:
        """Waits until fewer than ``limit`` processes ask a model, and is one of them.

        Args:
            model: Model reference.
            limit: Calls that may be in flight at once.
        """
        columns, number = ("model", "slot"), 0
        while not self._take("slots", columns, (model, number)):
            number = (number + 1) % limit
            if number == 0:
                self.wait()
        try:
            yield
        finally:
            self._give_back("slots", columns, (model, number))

    def note_outage(self, run: str, model: str) -> None:
        """Tells the other processes of a run that a model's server is gone."""
        with self._database.connection() as connection:
            connection.execute("INSERT OR IGNORE INTO outages VALUES (?, ?)", (run, model))

    def has_outage(self, run: str, model: str) -> bool:
        """Whether a process of this run has waited for a model's server in vain."""
        with self._database.connection() as connection:
            query = "SELECT 1 FROM outages WHERE run = ? AND model = ?"
            return connection.execute(query, (run, model)).fetchone() is not None

    def wait(self) -> None:
        """Waits a moment for another process."""
        time.sleep(POLL_SECONDS)

    def _take(self, table: str, columns: tuple[str, str], place: tuple[str, int]) -> bool:
        now = time.time()
        with self._database.connection() as connection:
            taken = connection.execute(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?) ON CONFLICT ({', '.join(columns)}) "
                "DO UPDATE SET owner = excluded.owner, until = excluded.until "
                "WHERE until < ? OR owner = excluded.owner",
                (*place, self._owner, now + _CLAIM_SECONDS, now),
            )
            if not taken.rowcount:
                _free_of_the_dead(connection, table, columns, place)
            return bool(taken.rowcount)

    def _give_back(self, table: str, columns: tuple[str, str], place: tuple[str, int]) -> None:
        with self._database.connection() as connection:
            _delete(connection, table, columns, (*place, self._owner))


def _free_of_the_dead(
    connection: sqlite3.Connection, table: str, columns: tuple[str, str], place: tuple[str, int]
) -> None:
    """Ends what a process holds that has died, so that the next try succeeds."""
    query = f"SELECT owner FROM {table} WHERE {columns[0]} = ? AND {columns[1]} = ?"
    row = connection.execute(query, place).fetchone()
    if row and not _is_alive(row[0]):
        _delete(connection, table, columns, (*place, row[0]))


def _delete(
    connection: sqlite3.Connection,
    table: str,
    columns: tuple[str, str],
    place_and_owner: tuple[str, int, str],
) -> None:
    where = f"{columns[0]} = ? AND {columns[1]} = ? AND owner = ?"
    connection.execute(f"DELETE FROM {table} WHERE {where}", place_and_owner)


def _limit(max_tokens: int | None) -> int:
    return NO_LIMIT if max_tokens is None else max_tokens


def _is_alive(owner: str) -> bool:
    pid = int(owner.split("-", 1)[0])
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
