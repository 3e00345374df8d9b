"""A cluster that loses workers and its scheduler: ``python -m tests.benchmarks.scale.dask_kills``.

A search runs on three workers, of which one is killed every few seconds (another one comes for
it); in the middle the scheduler is killed, and started again with the same search. The scripted
engine writes down when each call began and ended, in which process, so that what was asked twice
is counted, and what was in flight at each kill.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pytest_promptevo.project import Project, Settings
from tests.benchmarks.scale.dask_workers import MODEL, written

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 3

LOGGED = (
    MODEL.replace("def answer(request):", "def answered(request):")
    + """

import json, os
from pathlib import Path

LOG = Path(__file__).with_name("calls.jsonl")


def log(**what):
    file = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (json.dumps({**what, "pid": os.getpid(), "at": time.time()}) + "\\\\n").encode())
    os.close(file)


def answer(request):
    key = request.messages_key
    log(key=key, what="begins")
    text = answered(request)
    log(key=key, what="ends")
    return text
"""
).replace("\\\\n", "\\n")


class Cluster:
    """A scheduler and workers, each a process that can be killed."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self._root = root
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts what is not running."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.scheduler = self._dask("scheduler", "--host", self.address, "--no-dashboard")
            time.sleep(2)
        while len(self.workers) < WORKERS:
            alone = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
            self.workers.append(self._dask("worker", self.address, *alone))

    def kill_a_worker(self, rng: random.Random) -> int:
        """Kills one; returns its process id."""
        worker = self.workers.pop(rng.randrange(len(self.workers)))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        return worker.pid

    def close(self) -> None:
        """Kills all."""
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            process.kill()
            process.wait()
        self.workers.clear()

    def _dask(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=self._root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def search(root: Path, address: str) -> tuple[str, int]:
    """Searches; returns how it ended, and the calls that were paid for."""
    settings = Settings(evolve="all", accept="inconclusive", seed=3, executor=f"dask:{address}")
    with Project.open(root, settings) as project:
        run = project.load("slow.promptevo.yaml")
        try:
            evolution = project.evolve(run)
        except Exception as exc:  # what a scheduler leaves that is killed
            return f"{type(exc).__name__}: {str(exc).splitlines()[0]}", run.evaluator.answers.paid
        if evolution.outcome is not None and evolution.outcome.accepted:
            project.accept(run, evolution)
        return "ended", run.evaluator.answers.paid


def calls_of(root: Path) -> list[dict[str, Any]]:
    """Returns what the engines wrote down."""
    log = root / "calls.jsonl"
    return (
        [json.loads(line) for line in log.read_text("ascii").splitlines()] if log.exists() else []
    )


def in_flight(root: Path, pids: set[int]) -> int:
    """Returns the calls that processes have begun and whose answers are not in the store yet."""
    store = root / ".promptevo" / "answers.sqlite"
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        kept = {key for (key,) in connection.execute("SELECT messages FROM answers")}
    begun = [row["key"] for row in calls_of(root) if row["pid"] in pids and row["what"] == "begins"]
    return sum(key not in kept for key in begun)


class Killer:
    """Kills a worker every few seconds, and the scheduler once if that is wanted.

    Attributes:
        workers: Workers killed.
        flying: Calls in flight at these kills.
        at_scheduler: Calls in flight when the scheduler was killed.
    """

    def __init__(self, root: Path, cluster: Cluster, every: float) -> None:
        self.workers = self.flying = self.at_scheduler = 0
        self._root, self._cluster, self._every = root, cluster, every
        self._rng = random.Random(7)

    @contextmanager
    def works(self, *, scheduler_after: int | None = None) -> Iterator[None]:
        """Kills within the block; the scheduler after so many workers, and then no other."""
        ends = threading.Event()

        def kill() -> None:
            done = 0
            while not ends.wait(self._every):
                if done == scheduler_after:
                    pids = {worker.pid for worker in self._cluster.workers}
                    if self._cluster.scheduler is not None:
                        self._cluster.scheduler.kill()
                    self.at_scheduler = in_flight(self._root, pids)
                    return
                pid = self._cluster.kill_a_worker(self._rng)
                self.flying += in_flight(self._root, {pid})
                self.workers += 1
                done += 1
                self._cluster.start()

        thread = threading.Thread(target=kill)
        thread.start()
        try:
            yield
        finally:
            ends.set()
            thread.join()


def main() -> None:
    """Prints what was killed, lost and paid twice."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=500)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two kills")
    told = parser.parse_args()
    with TemporaryDirectory() as name, ExitStack() as stack:
        root = written(Path(name), told.examples)
        (root / "slow_model.py").write_text(LOGGED, "ascii")
        cluster = Cluster(root)
        stack.callback(cluster.close)
        cluster.start()
        killer = Killer(root, cluster, told.every)
        with killer.works(scheduler_after=2):
            first = search(root, cluster.address)
        cluster.close()
        cluster.start()
        with killer.works():
            second = search(root, cluster.address)
        begun = Counter(row["key"] for row in calls_of(root) if row["what"] == "begins")
        twice = sum(count - 1 for count in begun.values())
        lost = in_flight(root, {row["pid"] for row in calls_of(root)})
        print(f"the first search: {first[0]}, {first[1]} calls paid for")
        print(f"the second one: {second[0]}, {second[1]} calls paid for")
        print(f"{killer.workers} workers killed, {killer.flying} calls in flight there; the "
              f"scheduler killed once, {killer.at_scheduler} in flight")  # fmt: skip
        print(f"{len(begun)} answers, {lost} not kept; {twice} calls made twice")
        print("lock written" if (root / "promptevo.lock").exists() else "NO LOCK")


if __name__ == "__main__":
    main()
