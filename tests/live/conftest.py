"""Stores for tests of live traffic: SQLite, and a real PostgreSQL server."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

for folder in (Path(__file__).parents[1], Path(__file__).parents[1] / "benchmarks"):
    sys.path.insert(0, str(folder))

from live.postgres_server import HOW, PostgresServer, find_programs  # noqa: E402
from live.scene import Scene  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    MakeScene = Callable[..., Scene]

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server."""
    programs = find_programs()
    if programs is None or sys.platform == "win32":
        (pytest.fail if os.environ.get("PROMPTEVO_REQUIRE_POSTGRES") == "1" else pytest.skip)(HOW)
    server = PostgresServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def make_scene(request: pytest.FixtureRequest, tmp_path: Path) -> MakeScene:
    """Makes a lock with an empty store of each kind."""
    state = None
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        state = server.create_database(f"scene{next(_numbers)}")

    def make(**changes: object) -> Scene:
        return Scene(tmp_path, state, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def scene(make_scene: MakeScene) -> Scene:
    return make_scene()
