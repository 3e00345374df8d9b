"""What the processes that share a store tell each other: who asks, who may, who is gone."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.recording.database import NO_LIMIT, POLL_SECONDS
from pytest_promptevo.recording.presence import Presence

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from pytest_promptevo.recording.database import Database


class Coordination:
    """Claims on answers, slots of models and outages of servers, each in a table of its own.

    A claim or a slot ends when it is given back or when its process has ended, and never else:
    a call may take as long as it likes.

    Args:
        database: The store's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._presence = Presence(database.path.parent)

    def claim(self, key: str, max_tokens: int | None) -> bool:
        """Tries to be the one process that asks for an answer.

        Returns:
            True if the caller shall ask (and then keep the answer or `release`); False if
            another process asks already.
        """
        return self._take("claims", ("key", "max_tokens"), (key, _limit(max_tokens)), again=True)

    def release(self, key: str, max_tokens: int | None) -> None:
        """Gives a claim back."""
        self._give_back("claims", ("key", "max_tokens"), (key, _limit(max_tokens)))

    @contextmanager
    def slot(self, model: str, limit: int) -> Iterator[None]:
        """Waits until fewer than ``limit`` calls to a model are in flight, and makes one.

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

    def close(self) -> None:
        """Gives back whatever is held. Closing twice is fine."""
        self._presence.leave()

    def _take(
        self, table: str, columns: tuple[str, str], place: tuple[str, int], *, again: bool = False
    ) -> bool:
        """Tries to take a place; whether what one has can be taken `again` is told."""
        with self._database.connection() as connection:
            if not self._presence.is_there:
                self._enter(connection)
            taken = connection.execute(
                f"INSERT INTO {table} VALUES (?, ?, ?) ON CONFLICT ({', '.join(columns)}) "
                "DO UPDATE SET owner = excluded.owner WHERE ? AND owner = excluded.owner",
                (*place, self._presence.name, again),
            )
            if not taken.rowcount:
                self._free_of_the_dead(connection, table, columns, place)
            return bool(taken.rowcount)

    def _enter(self, connection: sqlite3.Connection) -> None:
        """Is there from now on; of those who were killed nothing stays.

        Within a transaction, so that nobody sweeps what is made and not locked yet.
        """
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            for name in self._presence.sweep():
                for table in ("claims", "slots"):
                    connection.execute(f"DELETE FROM {table} WHERE owner = ?", (name,))
            self._presence.enter()

    def _free_of_the_dead(
        self,
        connection: sqlite3.Connection,
        table: str,
        columns: tuple[str, str],
        place: tuple[str, int],
    ) -> None:
        """Ends what a process holds that has ended, so that the next try succeeds."""
        query = f"SELECT owner FROM {table} WHERE {columns[0]} = ? AND {columns[1]} = ?"
        row = connection.execute(query, place).fetchone()
        if row and self._presence.has_left(str(row[0])):
            _delete(connection, table, columns, (*place, row[0]))

    def _give_back(self, table: str, columns: tuple[str, str], place: tuple[str, int]) -> None:
        with self._database.connection() as connection:
            _delete(connection, table, columns, (*place, self._presence.name))


def _delete(
    connection: sqlite3.Connection,
    table: str,
    columns: tuple[str, str],
    place_and_owner: tuple[str, int, str],
) -> None:
    where = f"{columns[0]} = ? AND {columns[1]} = ? AND owner IS ?"
    connection.execute(f"DELETE FROM {table} WHERE {where}", place_and_owner)


def _limit(max_tokens: int | None) -> int:
    return NO_LIMIT if max_tokens is None else max_tokens
