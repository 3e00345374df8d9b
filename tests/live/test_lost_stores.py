"""Stores that are deleted, damaged, read-only, full, stopped or frozen while traffic goes on."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from live import outages
from live.outages import LOCKED, Outage
from live.scene import SUITE, TEXTS, Scene, wait_until

from pytest_promptevo.runtime import live
from pytest_promptevo.state.records import ALL_SUITES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live.postgres_server import PostgresServer

    from pytest_promptevo.runtime import Live

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files in use cannot be deleted")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    yield postgres
    postgres.stop()
    postgres.start()


def chosen_texts(orders: Live, times: int = 200) -> set[str]:
    return {orders.choose().request(m="x").messages[0].content for _ in range(times)}


def kept(scene: Scene) -> set[str]:
    store = scene.open()
    found = set(scene.decisions(store))
    store.close()
    return found


def switch_on(scene: Scene) -> None:
    store = scene.open()
    store.switch(ALL_SUITES, "on")
    store.close()


def drop_tables(scene: Scene) -> None:
    import psycopg

    with psycopg.connect(str(scene.state), autocommit=True) as connection:
        query = "SELECT tablename FROM pg_tables WHERE starts_with(tablename, 'promptevo_')"
        names = [row[0] for row in connection.execute(query).fetchall()]
        connection.execute(f"DROP TABLE {', '.join(names)}".encode())


def serve_through(scene: Scene, outage: Outage, server: Any = None) -> None:
    """The locked genome answers while the store is gone; reports are in the store afterwards."""
    with live(scene.lock, SUITE, scene.state) as orders:
        assert not orders.why_locked
        assert orders.choose().report(1.0)
        outage.breaks(scene, server)
        assert wait_until(lambda: orders.why_locked)
        assert chosen_texts(orders) == {LOCKED}
        turns = [orders.choose() for _ in range(10)]
        assert [turn.report(1.0) for turn in turns] == [True] * 10
        outage.mends(scene, server)
        assert wait_until(lambda: not orders.why_locked)
        assert wait_until(lambda: {turn.id for turn in turns} <= kept(scene))
        assert len(chosen_texts(orders, 1000)) == len(TEXTS)
        assert orders.choose().report(1.0)
    assert not scene.place.spool_of(1.0).has_any


@pytest.mark.parametrize("name", ["deleted", "folder deleted"])
def test_a_store_that_is_deleted_is_made_anew_and_is_off(scene: Scene, name: str) -> None:
    with live(scene.lock, SUITE) as orders:
        before = [orders.choose() for _ in range(5)]
        assert [turn.report(1.0) for turn in before[:4]] == [True] * 4
        outages.SQLITE[name].breaks(scene, None)
        assert before[4].report(1.0)
        assert wait_until(lambda: scene.place.address.exists())  # type: ignore[union-attr]
        assert wait_until(lambda: before[4].id in kept(scene))
        assert wait_until(lambda: orders.why_locked == "it is switched off")
        assert chosen_texts(orders) == {LOCKED}
        switch_on(scene)
        assert wait_until(lambda: not orders.why_locked)
        after = orders.choose()
        assert after.report(1.0)
        store = scene.open()
        told = scene.decisions(store)
        store.close()
    # Its number may be given again by the new store: what the old one has decided is foreign.
    assert told == {before[4].id: "foreign", after.id: ""}


def test_a_kill_switch_outlives_its_store(scene: Scene) -> None:
    """Whoever makes the new store: the process that serves, another one, or a command."""
    store = scene.open()
    scene.holds(store)
    store.switch(SUITE, "off")
    store.close()
    outages.delete(scene, None)
    with live(scene.lock, SUITE) as orders:
        assert orders.why_locked == "it is switched off"
        assert chosen_texts(orders) == {LOCKED}
        switch_on(scene)
        assert wait_until(lambda: not orders.why_locked)
    outages.delete(scene, None)
    scene.open().close()
    with live(scene.lock, SUITE) as orders:
        assert orders.why_locked == "it is switched off"


def test_a_store_that_is_replaced_by_a_stranger_is_off(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    stranger = Scene(tmp_path / "elsewhere")
    stranger.open().close()
    with live(scene.lock, SUITE) as orders:
        assert not orders.why_locked
        outages.delete(scene, None)
        stranger.place.address.replace(scene.place.address)  # type: ignore[union-attr, arg-type]
        assert wait_until(lambda: orders.why_locked)
        assert wait_until(lambda: orders.why_locked == "it is switched off")


def test_a_store_that_comes_back_goes_on(scene: Scene) -> None:
    with live(scene.lock, SUITE) as orders:
        copy = scene.place.address.with_name("copy")  # type: ignore[union-attr]
        with (
            closing(sqlite3.connect(scene.place.address)) as store,
            closing(sqlite3.connect(copy)) as kept_copy,
        ):
            store.backup(kept_copy)
        outages.delete(scene, None)
        assert wait_until(lambda: orders.why_locked == "it is switched off")
        outages.delete(scene, None)
        copy.replace(scene.place.address)
        assert wait_until(lambda: not orders.why_locked)


def test_tables_that_are_dropped_are_made_anew_and_are_off(
    tmp_path: Path, server: PostgresServer
) -> None:
    scene = Scene(tmp_path, server.create_database("dropped"))
    with live(scene.lock, SUITE, scene.state) as orders:
        assert not orders.why_locked
        drop_tables(scene)
        scene.open().close()  # by a process that has not seen the others
        assert wait_until(lambda: orders.why_locked == "it is switched off")
        assert chosen_texts(orders) == {LOCKED}
        switch_on(scene)
        assert wait_until(lambda: not orders.why_locked)


def test_a_store_that_is_damaged_is_left_alone(scene: Scene) -> None:
    serve_through(scene, outages.SQLITE["corrupt"])


def test_a_file_that_is_no_store_is_left_alone(scene: Scene) -> None:
    path = scene.place.address
    path.parent.mkdir()  # type: ignore[union-attr]
    path.write_bytes(b"no database " * 100)  # type: ignore[union-attr]
    with live(scene.lock, SUITE) as orders:
        assert "cannot be used" in orders.why_locked or "is damaged" in orders.why_locked
        assert chosen_texts(orders) == {LOCKED}
        assert orders.choose().report(1.0)
    assert path.read_bytes() == b"no database " * 100  # type: ignore[union-attr]


def test_a_store_that_is_read_only(scene: Scene) -> None:
    outage = outages.SQLITE["read-only"]
    store = scene.open()
    scene.holds(store)
    store.close()
    try:
        outage.breaks(scene, None)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing is read-only here")
    try:
        with live(scene.lock, SUITE) as orders:
            assert orders.why_locked
            assert chosen_texts(orders) == {LOCKED}
            assert not orders.choose().report(1.0)
            outage.mends(scene, None)
            assert wait_until(lambda: not orders.why_locked)
            assert orders.choose().report(1.0)
    finally:
        outage.mends(scene, None)


def test_a_disk_that_is_full(scene: Scene) -> None:
    options = ("--largest-file", "1", "--full-after", "0.5", "--rate", "100", "--seconds", "3")
    worker = scene.worker(0, *options)
    worker.wait_until_ready()
    requests = worker.result()["requests"]
    began = requests[0][0]
    afterwards = [row for row in requests if row[0] > began + 1]
    assert {row[2] for row in afterwards} == {LOCKED}
    assert not any(row[3] for row in afterwards)
    assert {row[4] for row in requests if row[3]} <= kept(scene)


@pytest.mark.parametrize("name", outages.POSTGRES)
def test_a_server_that_is_gone(tmp_path: Path, server: PostgresServer, name: str) -> None:
    scene = Scene(tmp_path, server.create_database(f"lost-{name}"))
    serve_through(scene, outages.POSTGRES[name], server)


def test_a_server_that_was_never_there(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    scene = Scene(tmp_path, "postgresql://someone:s3cret@127.0.0.1:9/none")
    with live(scene.lock, SUITE, scene.state) as orders:
        assert "PostgreSQL at 127.0.0.1:9/none cannot be used" in orders.why_locked
        assert "s3cret" not in orders.why_locked
        assert chosen_texts(orders) == {LOCKED}
        assert orders.choose().report(1.0)
    assert scene.place.spool_of(1.0).has_any


def test_a_process_without_threads_to_give_is_answered_by_the_locked_genome(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        orders = live(scene.lock, SUITE, scene.state)
        assert chosen_texts(orders, 3) == {LOCKED}
    with orders:
        assert wait_until(lambda: not orders.why_locked)


def test_a_filter_of_the_application_that_raises_ends_no_thread(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_record: logging.LogRecord) -> bool:
        raise ValueError("the filter is broken")

    monkeypatch.setattr(logging.getLogger("pytest_promptevo.live"), "filters", [fails])
    with live(scene.lock, SUITE, scene.state) as orders:
        outage = outages.SQLITE["corrupt"]
        outage.breaks(scene, None)
        assert wait_until(lambda: orders.why_locked)
        assert not orders.refresh()
        outage.mends(scene, None)
        assert wait_until(lambda: not orders.why_locked)
        assert orders.refresh()
