"""What every test of a part gets: no waiting for the disk, no connection left open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.recording import database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.base.sqlite_files import Patience


@pytest.fixture(autouse=True)
def _no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy disk would make most of the tests' time."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


@pytest.fixture(autouse=True)
def _no_open_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Since Python 3.13 a connection that nobody has closed is a warning, told in a later test."""
    connections: list[sqlite3.Connection] = []

    def open_database(path: Path) -> tuple[sqlite3.Connection, Patience]:
        opened = real(path)
        connections.append(opened[0])
        return opened

    real = database.open_database
    monkeypatch.setattr(database, "open_database", open_database)
    yield
    for connection in connections:
        connection.close()
