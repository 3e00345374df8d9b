"""A server that answers late: nobody waits for it, nothing is lost, nothing is kept twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from live.scene import SUITE, Scene, wait_until

from pytest_promptevo.runtime import live

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live.postgres_server import PostgresServer


@pytest.fixture
def scene(tmp_path: Path, postgres: PostgresServer) -> Scene:
    return Scene(tmp_path, postgres.create_database(f"slow-{tmp_path.name}"))


@pytest.fixture
def blocker(scene: Scene) -> Iterator[psycopg.Connection]:
    """Another session, which locks tables as long as it likes."""
    scene.open().close()
    with psycopg.connect(str(scene.state)) as connection:
        yield connection


def test_a_late_answer_costs_neither_the_connection_nor_the_outcome(
    scene: Scene, blocker: psycopg.Connection
) -> None:
    with live(scene.lock, SUITE, scene.state) as orders:
        assert orders.choose().report(1.0)
        used = orders._link._quick._connection  # type: ignore[union-attr]
        blocker.execute("LOCK TABLE promptevo_outcome")
        turns = [orders.choose() for _ in range(5)]
        assert [turn.report(1.0) for turn in turns] == [True] * 5
        assert scene.place.spool_of(1.0).has_any
        blocker.rollback()
        store = scene.open()
        assert wait_until(lambda: {turn.id for turn in turns} <= set(scene.decisions(store)))
        assert orders.choose().report(1.0)
        assert orders._link._quick._connection is used  # type: ignore[union-attr]
        assert wait_until(lambda: len(scene.decisions(store)) == 7)
        store.close()
    assert not orders.why_locked.startswith("PostgreSQL")


def test_a_late_answer_within_a_transaction_leaves_none_open(
    scene: Scene, blocker: psycopg.Connection
) -> None:
    with live(scene.lock, SUITE, scene.state) as orders:
        turn = orders.choose()
        blocker.execute("LOCK TABLE promptevo_queue")
        assert turn.report(0.0, expected="48213")
        blocker.rollback()
        store = scene.open()
        assert wait_until(lambda: turn.id in scene.decisions(store))
        assert wait_until(lambda: orders.choose().report(1.0))
        (row,) = store.queue(SUITE)
        assert row.queued.expected == '"48213"'
        query = "SELECT count(*) FROM pg_stat_activity WHERE starts_with(state, 'idle in t')"
        with store.reading() as session:
            assert session.rows(query) == [(0,)]
        store.close()
