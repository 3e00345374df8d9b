"""The local store: every paid answer, in SQLite, safe for several processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.recording.coordination import Coordination
from pytest_promptevo.recording.database import COLUMNS, NO_LIMIT, Database
from pytest_promptevo.recording.record import Recording, best_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM answers"


class Store:
    """Recorded answers by key; each is on disk before it is used.

    Args:
        path: The SQLite file; made with its folder by the first write.
        tell: Is told, once, that an answer in the file cannot be one; such answers are not used.

    Attributes:
        path: The SQLite file.
        coordination: What the processes that share the file tell each other.

    Raises:
        RecordingError: (from any method) if the file cannot be used.
    """

    def __init__(self, path: Path, tell: Callable[[str], None] = lambda _line: None) -> None:
        self.path = path
        self._tell: Callable[[str], None] | None = tell
        self._database = Database(path)
        self._memory: dict[str, list[Recording]] = {}
        self.coordination = Coordination(self._database)

    def get(self, key: str, max_tokens: int | None) -> Recording | None:
        """Returns the answer that serves a request, or None."""
        known = self._memory.get(key)
        if known and (recording := best_for(known, max_tokens)):
            return recording
        if not self._database.exists:
            return None
        with self._database.connection() as connection:
            rows = connection.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchall()
        recordings = self._fitting(rows)
        if recordings:
            self._memory[key] = recordings
        return best_for(recordings, max_tokens)

    def get_of(self, run: str, key: str, max_tokens: int | None) -> Recording | None:
        """Returns the answer that serves a request, if a process of this run put it."""
        with self._database.connection() as connection:
            rows = connection.execute(
                f"{_SELECT} WHERE key = ? AND EXISTS (SELECT 1 FROM runs WHERE "
                "runs.key = answers.key AND runs.max_tokens = answers.max_tokens AND run = ?)",
                (key, run),
            ).fetchall()
        return best_for(self._fitting(rows), max_tokens)

    def put(self, recording: Recording, run: str = "") -> None:
        """Keeps an answer, which ends this process's claim on it; an older one is replaced.

        Args:
            recording: The answer.
            run: Name of the run that asked, if its other processes shall know (see `get_of`).
        """
        key, limit = recording.key, recording.max_tokens
        values = [getattr(recording, name) for name in COLUMNS]
        stored_limit = NO_LIMIT if limit is None else limit
        values[COLUMNS.index("max_tokens")] = stored_limit
        marks = ", ".join("?" * len(values))
        with self._database.connection() as connection:
            connection.execute(f"INSERT OR REPLACE INTO answers VALUES ({marks})", values)
            if run:
                row = (key, stored_limit, run)
                connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", row)
            others = [old for old in self._memory.get(key, []) if old.max_tokens != limit]
            self._memory[key] = [*others, recording]
            self.coordination.release(key, limit)

    def _fitting(self, rows: Iterable[tuple[object, ...]]) -> list[Recording]:
        """Returns the answers that can be ones: anybody can write into the file."""
        fitting = []
        for row in rows:
            recording = _recording(row)
            why = recording.misfit()
            if not why:
                fitting.append(recording)
            elif self._tell is not None:
                tell, self._tell = self._tell, None
                tell(f"{self.path}: an answer is not used, and asked for again: {why}")
        return fitting

    def close(self) -> None:
        """Closes the file. Closing twice is fine."""
        self.coordination.close()
        self._database.close()


def _recording(row: tuple[object, ...]) -> Recording:
    values = dict(zip(COLUMNS, row, strict=True))
    if values["max_tokens"] == NO_LIMIT:
        values["max_tokens"] = None
    return Recording(**values)  # type: ignore[arg-type]
