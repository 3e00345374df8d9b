"""A store that is deleted, and comes back from a copy."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Outage:
    """Takes a SQLite file away and brings it back.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copy = path.with_name(f"{path.name}.copy")
        self.is_on = False
        self.kept = 0

    def begin(self) -> None:
        """Deletes the file; until the end nothing can be made in its place."""
        with (
            closing(sqlite3.connect(self._path)) as store,
            closing(sqlite3.connect(self._copy)) as copy,
        ):
            store.backup(copy)
            ((self.kept,),) = copy.execute("SELECT COUNT(*) FROM promptevo_outcome")
        self.is_on = True
        while not self._path.is_dir():
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
            with suppress(FileExistsError):  # a process has made it anew meanwhile
                self._path.mkdir()

    def end(self) -> None:
        """Puts the copy in its place."""
        self._path.rmdir()
        self._copy.rename(self._path)
        self.is_on = False
