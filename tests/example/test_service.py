"""The example's web service: four worker processes under load, one of which is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from example.service_project import SUITE, write_project
from pytest_promptevo.runtime.arms import read_arms
from pytest_promptevo.state.controller import is_same_evidence, rebuild, tick
from pytest_promptevo.state.decision import parse_decision
from pytest_promptevo.state.opening import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
WORKERS = 4
CLIENTS = 4


class Service:
    """The service with its workers; `stop` ends it.

    Args:
        folder: Where its lock and store are.
    """

    def __init__(self, folder: Path) -> None:
        lock = write_project(folder)
        self.lineup = read_arms(lock, SUITE, {}, None, None).lineup
        self.place = Place.of(None, lock)
        self.store = self.place.open(10.0)
        self.store.prepare()
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.errors = folder / "errors"
        environ = {"PROMPTEVO_LOCK": str(lock), "PROMPTEVO_SUITE": SUITE, "PYTHONPATH": str(ROOT)}
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "uvicorn", "example_project.service.app:app"),
                    *("--workers", str(WORKERS), "--port", str(self.port)),
                    *("--log-level", "warning"),
                ],
                env={**os.environ, **environ},
                cwd=folder,
                stdout=errors,
                stderr=errors,
            )

    def workers(self, wanted: int) -> set[int]:
        """Waits until so many workers answer, and returns their process ids."""
        found: set[int] = set()
        deadline = time.monotonic() + 60
        while len(found) < wanted:
            assert time.monotonic() < deadline, self.errors.read_text()
            assert self.process.poll() is None, self.errors.read_text()
            try:
                with self.client() as client:
                    found.add(client.get("/health").json()["process"])
            except httpx.TransportError:
                time.sleep(0.1)
        return found

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20.0, trust_env=False)

    def decisions(self) -> list[str]:
        """Returns the decisions of all outcomes in the store."""
        self.place.spool_of(10.0).drain(self.store)
        with self.store.reading() as session:
            return [row[0] for row in session.rows("SELECT decision FROM promptevo_outcome")]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.store.close()


class Load:
    """Customers who ask and give feedback, each from a thread of its own."""

    def __init__(self, service: Service) -> None:
        self.acknowledged: list[str] = []
        self.answered: list[tuple[float, str]] = []
        self.broken = 0
        self._service = service
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(CLIENTS)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    def _work(self, number: int) -> None:
        count = 0
        while not self._stopped.is_set():
            with self._service.client() as client:
                try:
                    for _ in range(5):
                        count += 1
                        self._ask(client, f"{number}{count:05}")
                except httpx.TransportError:
                    self.broken += 1  # the worker at the other end was killed

    def _ask(self, client: httpx.Client, wanted: str) -> None:
        started = time.monotonic()
        answer = client.post("/order-number", json={"message": f"Where is {wanted}"})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["order_number"] == wanted
        self.answered.append((started, told["decision"]))
        feedback = {"decision": told["decision"], "quality": 1.0}
        if client.post("/feedback", json=feedback).json()["counted"]:
            self.acknowledged.append(told["decision"])


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    service = Service(folder)
    try:
        yield service
    finally:
        service.stop()


def arms_of(answered: list[tuple[float, str]]) -> set[str]:
    decisions = (parse_decision(decision) for _, decision in answered)
    return {decision.arm for decision in decisions if decision is not None}


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_four_workers_lose_no_acknowledged_outcome_and_obey_the_kill_switch(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as service:
        workers = service.workers(WORKERS)
        with Load(service) as load:
            _wait_until(lambda: len(load.acknowledged) > 100)
            victim = min(workers)
            os.kill(victim, signal.SIGKILL)
            killed_at = len(load.acknowledged)
            _wait_until(lambda: len(load.acknowledged) > killed_at + 100)
            assert arms_of(load.answered) == set(service.lineup.arms)
            service.store.switch(SUITE, "off", who="test", why="test")
            switched_at = time.monotonic()
            time.sleep(2.5)
        late = [each for each in load.answered if each[0] > switched_at + 2.0]
        assert late
        assert arms_of(late) == {service.lineup.control}
        assert load.broken <= CLIENTS
        decisions = service.decisions()
        assert len(load.acknowledged) > 200
        assert set(load.acknowledged) <= set(decisions)
        assert len(decisions) == len(set(decisions))
        assert victim not in service.workers(WORKERS)
        tick(service.store, service.lineup)
        row = service.store.rollout(SUITE, service.lineup.key)
        rebuilt = rebuild(service.store, service.lineup)
        assert row is not None
        assert rebuilt is not None
        assert is_same_evidence(service.lineup.progress(row.progress), rebuilt)


def _wait_until(check: Any) -> None:
    deadline = time.monotonic() + 60
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)
