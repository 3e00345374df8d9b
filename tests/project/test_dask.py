"""Real Dask clusters: a scheduler and worker processes on this machine."""

from __future__ import annotations

import operator
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from project.recorded_locks import RECORDED, copied, evolve_all
from pytest_promptevo.errors import ModelUnavailable, ProviderError, SettingsError
from pytest_promptevo.evolve import evolve
from pytest_promptevo.fitness import Score
from pytest_promptevo.genome import Float, Genome, SearchSpace
from pytest_promptevo.project import CannotJudge, Project, Settings
from pytest_promptevo.providers.elsewhere import dask_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

distributed = pytest.importorskip("distributed")

# What Dask and its event loop leave open at their end is not this project's business.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Runs a cluster; yields its scheduler's address."""
    with distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=50,
    ) as made:
        yield made.scheduler_address


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield copied(tmp_path)
    sys.modules.pop("fake_model", None)


def change_model(root: Path, before_answer: str) -> None:
    model = root / "fake_model.py"
    text = model.read_text("utf-8").replace("    text =", f"    {before_answer}\n    text =")
    model.write_text(f"import os\nimport time\n{text}", "utf-8")


def test_workers_write_nothing_and_the_lock_is_that_of_threads(root: Path) -> None:
    with cluster(2) as address:
        written = evolve_all(root, None, strategy="classic", executor=f"dask:{address}")
    assert written == (RECORDED / "classic.lock").read_bytes()


def test_a_worker_that_is_killed_costs_its_calls_in_flight(root: Path) -> None:
    pids = root / "pids"
    change_model(root, f"print(os.getpid(), file=open({str(pids)!r}, 'a')); time.sleep(0.5)")

    def kill_the_first() -> None:
        while not pids.exists() or not pids.read_text():
            time.sleep(0.05)
        os.kill(int(pids.read_text().split()[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill_the_first)
    with cluster(2) as address, Project.open(root, Settings(executor=f"dask:{address}")) as project:
        run = project.load("stock.promptevo.yaml")
        killer.start()
        assert project.judge(run).passes
        killer.join()
    assert run.evaluator.answers.paid == 6
    assert len(pids.read_text().split()) == 7, "the call in flight was asked once more"


@pytest.mark.parametrize("scheme", ["tcp", "ws", "tls"])
def test_a_client_that_cannot_connect_is_closed_at_once(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As garbage it would close itself in any thread, and may wait there for ever."""
    made: list[distributed.Client] = []
    begin = distributed.Client.__init__
    monkeypatch.setattr(
        distributed.Client,
        "__init__",
        lambda self, *given, **how: (made.append(self), begin(self, *given, **how))[1],
    )
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 0.2)
    with pytest.raises(SettingsError, match="no scheduler answers"):
        dask_cluster.DaskCluster(f"{scheme}://127.0.0.1:9", 1.0, print)
    assert [client.status for client in made] == ["closed"]


def test_an_address_where_nobody_answers(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 0.2)
    with Project.open(root, Settings(executor="dask:tcp://127.0.0.1:9")) as project:
        run = project.load("stock.promptevo.yaml")
        with pytest.raises(SettingsError, match="no scheduler answers at tcp://127"):
            project.judge(run)


def test_a_connection_that_takes_a_while_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 0.5)
    monkeypatch.setattr(dask_cluster, "_LOOK_S", 0.1)
    told: list[str] = []
    with pytest.raises(SettingsError):
        dask_cluster.DaskCluster("tcp://127.0.0.1:9", 5.0, told.append)
    assert told == ["dask:tcp://127.0.0.1:9: connecting ..."]


@pytest.mark.parametrize("scheme", ["tcp", "ws"])
def test_what_may_be_a_key_in_an_address_is_told_nowhere(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 0.2)
    with pytest.raises(SettingsError) as caught:
        dask_cluster.DaskCluster(f"{scheme}://127.0.0.1:9/hub/0123456789canary", 5.0, print)
    assert f"{scheme}://127.0.0.1:9/hub/***" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["tcp://me:canary@127.0.0.1:9", "http://me:canary@h", "wss://h/x?token=canary", "me:canary@h"],
)
def test_an_address_with_a_password_is_refused_unseen(address: str) -> None:
    with pytest.raises(SettingsError, match="must hold no password and no query") as caught:
        Settings(executor=f"dask:{address}")
    assert "canary" not in str(caught.value)


def test_a_cluster_without_workers_is_waited_for(root: Path) -> None:
    listener = Listener()
    with cluster(0) as address:
        settings = Settings(executor=f"dask:{address}", provider={"patience_s": 2.5})
        with Project.open(root, settings, listener) as project:
            run = project.load("stock.promptevo.yaml")
            with pytest.raises(CannotJudge, match=r"no worker within 2\.5 s") as caught:
                project.judge(run)
    assert isinstance(caught.value.error, ModelUnavailable)
    assert listener.said == [f"dask:{address}: no worker is there; waiting up to 2.5 s"]


@contextmanager
def dask(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs one of Dask's commands."""
    with subprocess.Popen(
        [sys.executable, "-m", "dask", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_scheduler_that_is_killed_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 10.0)
    asked = root / "asked"
    change_model(root, f"open({str(asked)!r}, 'a'); time.sleep(60)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with (
        dask("scheduler", "--host", address, "--no-dashboard") as scheduler,
        dask("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"),
        Project.open(root, Settings(executor=f"dask:{address}")) as project,
    ):
        run = project.load("stock.promptevo.yaml")

        def kill_in_a_call() -> None:
            while not asked.exists():
                time.sleep(0.05)
            scheduler.kill()

        killer = threading.Thread(target=kill_in_a_call)
        killer.start()
        with pytest.raises(CannotJudge, match="the scheduler is gone"):
            project.judge(run)
        killer.join()


def test_a_worker_with_other_weights_is_refused_by_name(root: Path) -> None:
    with cluster(1) as address, Project.open(root, Settings(executor=f"dask:{address}")) as project:
        run = project.load("stock.promptevo.yaml")
        project.resources.provider(run.suite.prompt.models["primary"]).digest()
        change_model(root, "pass")
        with pytest.raises(CannotJudge, match=r"the worker on \S+ has other weights"):
            project.judge(run)


def _quality(genome: Genome, example: int) -> Score:
    return Score(float(genome["warmth"] < example / 10), tokens=float(os.getpid()))


def test_a_search_of_the_users_own_runs_on_dasks_executor() -> None:
    space, initial = SearchSpace({"warmth": Float(0, 1)}), Genome({"warmth": 0.5})
    with cluster(2) as address, distributed.Client(address) as client:
        found = evolve(
            space, range(1, 11), _quality, initial=initial, rng=1, executor=client.get_executor()
        )
    tokens = {each.score.tokens for seen in found.scored.values() for each in seen.values()}
    assert os.getpid() not in tokens
    assert (
        found.recommended
        == evolve(space, range(1, 11), _quality, initial=initial, rng=1).recommended
    )


def test_what_a_worker_cannot_do_is_told() -> None:
    with cluster(1) as address:
        joined = dask_cluster.DaskCluster(address, 5.0, print)
        assert joined.threads == 1
        with pytest.raises(ProviderError, match="a worker cannot call models: ZeroDivisionError"):
            joined.call(operator.truediv, 1, 0)
        assert joined.call(operator.truediv, 4, 2) == 2
        joined.close()
        joined.close()


@pytest.mark.parametrize(
    "given", ["dask", "dask:", "dask:8786", "dask:http://x", "ray:local", "dask:tcp://a b"]
)
def test_what_is_no_executor(given: str) -> None:
    with pytest.raises(SettingsError, match="write dask:tcp://HOST:8786"):
        Settings(executor=given)


class Listener:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def show(self, text: str, share: float = 0.0) -> None:
        """Forgets a line of progress."""

    def say(self, text: str) -> None:
        self.said.append(text)
