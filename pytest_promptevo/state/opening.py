"""From what a user writes as ``state=`` to a store."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.base.private_folder import NAME
from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.state.address import FORM, database_of, is_address
from pytest_promptevo.state.network_folder import network_file_system
from pytest_promptevo.state.spool import Spool

if TYPE_CHECKING:
    from pytest_promptevo.state.sql_state import SqlState

FILE = "live.sqlite"
SPOOL = "live.spool.jsonl"
STATE_VARIABLE = "PROMPTEVO_STATE"
"""Environment variable that says where the store is, for whoever names none."""


@dataclass(frozen=True)
class Place:
    """Where a store is, and the spool for it.

    Attributes:
        address: Path of a SQLite file, or a PostgreSQL address.
        spool: Path of the spool.
        durable: Whether each commit to SQLite waits for the disk.
    """

    address: str | Path
    spool: Path
    durable: bool = False

    @classmethod
    def of(cls, state: str | Path | None, lock: Path, *, durable: bool = False) -> Place:
        """Returns the place that a user means.

        Args:
            state: A path, a PostgreSQL address, or None for what the environment says, or
                else the file beside the lock.
            lock: The lock.
            durable: Whether each commit to SQLite waits for the disk.

        Raises:
            SettingsError: if it is neither, or a file of several hosts.
        """
        private = lock.absolute().parent / NAME
        state = os.environ.get(STATE_VARIABLE) or None if state is None else state
        if state is None:
            return cls(local_path(private / FILE), private / SPOOL, durable)
        if isinstance(state, str) and is_address(state):
            name = f"live.{text_key(database_of(state))[:8]}.spool.jsonl"
            return cls(state, private / name, durable)
        path = told_path(state)
        return cls(path, path.with_name(f"{path.name}.spool.jsonl"), durable)

    def open(self, patience: float) -> SqlState:
        """Returns the store, not connected yet.

        Args:
            patience: Seconds to wait for others, or for the server, at most.

        Raises:
            SettingsError: if psycopg is missing.
        """
        if isinstance(self.address, Path):
            from pytest_promptevo.state.sqlite import SqliteState

            return SqliteState(self.address, patience=patience, durable=self.durable)
        from pytest_promptevo.state.postgres import PostgresState

        return PostgresState(self.address, patience=patience)

    def other_spools(self) -> list[Path]:
        """Returns spools beside this place's own: of stores that are named no more, perhaps."""
        found = self.spool.parent.glob("*.spool.jsonl*")
        names = {path.name.partition(".spool.jsonl")[0] for path in found if _waits(path)}
        spools = {self.spool.with_name(f"{name}.spool.jsonl") for name in names}
        return sorted(spools - {self.spool})

    def spool_of(self, patience: float) -> Spool:
        """Returns the spool for the store.

        Args:
            patience: Seconds to wait for other writers at most.
        """
        return Spool(self.spool, patience=patience)


def _waits(path: Path) -> bool:
    return path.name.endswith((".spool.jsonl", ".part"))


def told_path(state: str | Path) -> Path:
    """Returns the path of the SQLite file that a user means.

    Raises:
        SettingsError: if it is none, such as a folder, or is on a network file system.
    """
    text = str(state)
    if re.match("postgres(ql)?:/", text):  # its password must not become the name of a folder
        raise SettingsError(f"state: {FORM} is given as a text, and no path; here it is a path")
    if not text.strip() or "\0" in text or not isinstance(state, (str, Path)):
        raise SettingsError(f"state: give the path of a file, or {FORM}, not {shown(state)}")
    path = Path(state).absolute()
    if os.path.isdir(path):  # noqa: PTH112 - whatever else is wrong with the path
        raise SettingsError(f"state: {path} is a folder: give the path of a file in it")
    return local_path(path)


def local_path(path: Path) -> Path:
    """Returns the path of a SQLite file.

    Raises:
        SettingsError: if it is on a network file system.
    """
    if kind := network_file_system(path.parent):
        raise SettingsError(
            f"state: {path} is on a network file system ({kind}), where SQLite's locks do not "
            "hold: give a path on a local disk, or PostgreSQL (state='postgresql://...')"
        )
    return path
