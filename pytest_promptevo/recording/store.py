"""The local store: every paid answer, in SQLite, safe for several processes."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.errors import RecordingError
from pytest_promptevo.recording.database import COLUMNS, POLL_SECONDS, open_database
from pytest_promptevo.recording.record import Recording, best_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLAIM_SECONDS = 300.0
_NO_LIMIT = -1
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM answers"


class Store:
    """Recorded answers by key; each is on disk before it is used.

    Args:
        path: The SQLite file; made with its folder by the first write.

    Raises:
        RecordingError: (from any method) if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._memory: dict[str, list[Recording]] = {}
        self._owner = f"{os.getpid()}-{id(self)}"

    def get(self, key: str, max_tokens: int | None) -> Recording | None:
        """Returns the answer that serves a request, or None."""
        found = self._memory.get(key)
        if found and (made := best_for(found, max_tokens)):
            return made
        if self._connection is None and not self.path.exists():
            return None
        with self._database() as database:
            rows = database.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchall()
        made_all = [_recording(row) for row in rows]
        if made_all:
            self._memory[key] = made_all
        return best_for(made_all, max_tokens)

    def get_of(self, run: str, key: str, max_tokens: int | None) -> Recording | None:
        """Returns the answer that serves a request, if a process of this run put it."""
        with self._database() as database:
            rows = database.execute(
                f"{_SELECT} WHERE key = ? AND EXISTS (SELECT 1 FROM runs "
                "WHERE runs.key = answers.key || '/' || answers.max_tokens AND run = ?)",
                (key, run),
            ).fetchall()
        return best_for(map(_recording, rows), max_tokens)

    def put(self, made: Recording, run: str = "") -> None:
        """Keeps an answer; one for the same key and limit is replaced.

        Args:
            made: The answer.
            run: Name of the run that asked, if its other processes shall know (see `get_of`).
        """
        limit = _NO_LIMIT if made.max_tokens is None else made.max_tokens
        values = [getattr(made, name) for name in COLUMNS]
        values[COLUMNS.index("max_tokens")] = limit
        marks = ", ".join("?" * len(values))
        with self._database() as database:
            database.execute(f"INSERT OR REPLACE INTO answers VALUES ({marks})", values)
            name = _claim(made.key, limit)
            if run:
                database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (name, run))
            database.execute("DELETE FROM claims WHERE key = ?", (name,))
            kept = [
                old for old in self._memory.get(made.key, []) if old.max_tokens != made.max_tokens
            ]
            self._memory[made.key] = [*kept, made]

    def claim(self, key: str, max_tokens: int | None) -> bool:
        """Tries to be the one process that asks for an answer.

        Returns:
            True if the caller shall ask (and then `put` or `release`); False if
            another process asks already.
        """
        name = _claim(key, _NO_LIMIT if max_tokens is None else max_tokens)
        now = time.time()
        with self._database() as database:
            done = database.execute(
                "INSERT INTO claims VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
                "SET owner = excluded.owner, until = excluded.until "
                "WHERE until < ? OR owner = excluded.owner",
                (name, self._owner, now + _CLAIM_SECONDS, now),
            )
            if done.rowcount:
                return True
            row = database.execute("SELECT owner FROM claims WHERE key = ?", (name,)).fetchone()
            if row and not _alive(row[0]):
                database.execute("DELETE FROM claims WHERE key = ? AND owner = ?", (name, row[0]))
        return False

    def release(self, key: str, max_tokens: int | None) -> None:
        """Gives a claim back after a failed call."""
        name = _claim(key, _NO_LIMIT if max_tokens is None else max_tokens)
        with self._database() as database:
            database.execute("DELETE FROM claims WHERE key = ? AND owner = ?", (name, self._owner))

    def note_gone(self, run: str, model: str) -> None:
        """Tells the other processes of a run that a model's server is gone."""
        with self._database() as database:
            database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (f"gone: {model}", run))

    def is_gone(self, run: str, model: str) -> bool:
        """Whether a process of this run has waited for a model's server in vain."""
        with self._database() as database:
            found = database.execute(
                "SELECT 1 FROM runs WHERE key = ? AND run = ?", (f"gone: {model}", run)
            )
            return found.fetchone() is not None

    def wait(self) -> None:
        """Waits a moment for another process."""
        time.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Closes the file. Closing twice is fine."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = open_database(self.path)
                yield self._connection
            except sqlite3.DatabaseError as bad:
                raise RecordingError(
                    f"the local store cannot be used: {bad}",
                    path=self.path,
                    hint="delete it if it is damaged; its answers are then asked for again",
                ) from None
            except OSError as bad:
                raise RecordingError(
                    f"the local store cannot be made: {bad.strerror}", path=self.path
                ) from None


def _recording(row: tuple[object, ...]) -> Recording:
    values = dict(zip(COLUMNS, row, strict=True))
    if values["max_tokens"] == _NO_LIMIT:
        values["max_tokens"] = None
    return Recording(**values)  # type: ignore[arg-type]


def _claim(key: str, limit: int) -> str:
    return f"{key}/{limit}"


def _alive(owner: str) -> bool:
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
