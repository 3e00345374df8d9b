"""A project without pytest: on the recorded project with its scripted model."""

from __future__ import annotations

import multiprocessing
import pickle
import re
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from project.recorded_locks import RECORDED, copied, evolve_all
from pytest_promptevo.errors import (
    LockError,
    ModelUnavailable,
    ProviderError,
    RecordingMissing,
    SettingsError,
    SuiteError,
)
from pytest_promptevo.evolve.names import STRATEGY_NAMES
from pytest_promptevo.lock import read_lock
from pytest_promptevo.project import CannotJudge, Project, Settings
from pytest_promptevo.prompt import Exchange, Output
from pytest_promptevo.recording import committed_digest
from pytest_promptevo.runtime import InvalidAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.lock.entry import SuiteFigures

HERE = Path(__file__).parent


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield copied(tmp_path)
    sys.modules.pop("fake_model", None)


class Listener:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.said: list[str] = []

    def show(self, text: str, share: float = 0.0) -> None:
        self.shown.append(text)

    def say(self, text: str) -> None:
        self.said.append(text)


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("strategy", STRATEGY_NAMES)
def test_a_search_writes_the_lock_that_it_always_wrote(root: Path, strategy: str) -> None:
    """Where another lock is meant: ``python tests/project/recorded_locks.py``, and review it."""
    expected = (RECORDED / f"{strategy}.lock").read_bytes()
    assert evolve_all(root, None, strategy=strategy) == expected


@pytest.mark.parametrize("pool", [processes, lambda: ThreadPoolExecutor(3)])
def test_other_threads_and_processes_write_the_same_lock(root: Path, pool: Any) -> None:
    with pool() as executor:
        written = evolve_all(root, executor, strategy="classic")
    assert written == (RECORDED / "classic.lock").read_bytes()
    recordings = {path.name for path in (root / "promptevo_recordings").iterdir()}
    assert recordings == {"order.jsonl", "stock.jsonl"}
    entries = read_lock(root / "promptevo.lock").entries
    for name, entry in entries.items():
        text = (root / "promptevo_recordings" / f"{name}.jsonl").read_text("utf-8")
        assert entry.recordings == committed_digest(text)


@pytest.mark.parametrize("strategy", STRATEGY_NAMES)
def test_a_lock_of_version_1_is_read_and_the_next_update_rewrites_it(
    root: Path, strategy: str
) -> None:
    lock = root / "promptevo.lock"
    shutil.copy(RECORDED / "version_1" / f"{strategy}.lock", lock)
    old = read_lock(lock).entries
    with Project.open(root) as project:
        for run in project.collect():
            assert run.entry == old[run.suite.name]
            # A scripted model's digest covers more than it did then: as if it were the same.
            run.evaluator.answers.digests.update(run.entry.digests)
            run.digests = {}
            project.check_suite(run)
            verdict = project.judge(run)
            assert (verdict.passes, verdict.paired, verdict.unseen) == (True, None, None)
            project.accept(run)
    new = read_lock(lock).entries
    assert "\nversion: 2\n" in lock.read_text("utf-8")
    assert new["order"].known_failures == []
    assert new["order"].quality == dict.fromkeys(old["order"].known_failures, 0.0)
    assert list(new) == list(old) == ["order", "stock"]
    for name, entry in new.items():
        assert entry.genome == old[name].genome
        assert without_intervals(entry) == without_intervals(old[name])
        assert (entry.search, entry.replaces) == (old[name].search, old[name].replaces)
        assert entry.recordings.startswith("sha256:")
    with Project.open(root, Settings(record="none")) as project:
        for run in project.collect():
            paired = project.judge(run).paired
            assert paired is not None
            assert (paired.difference.mean, paired.p_value, paired.fell) == (0, 1, ())


def test_a_verdict_alone_commits_nothing(root: Path) -> None:
    with Project.open(root) as project:
        run = project.load("stock.promptevo.yaml")
        project.judge(run)
        assert not (root / "promptevo_recordings").exists()
        assert not (root / "promptevo.lock").exists()
        entry = project.accept(run)
    recordings = root / "promptevo_recordings" / "stock.jsonl"
    before = recordings.read_bytes()
    assert entry.recordings == committed_digest(before.decode())
    model = root / "fake_model.py"
    model.write_text(model.read_text().replace("it is {number}", "is it {number}"))
    sys.modules.pop("fake_model", None)
    with Project.open(root, Settings(record="all")) as project:
        run = project.load("stock.promptevo.yaml")
        project.judge(run)
        assert run.stale == ["the function of model 'primary' (scripted:fake_model:as_json)"]
    assert recordings.read_bytes() == before


def without_intervals(entry: Entry) -> dict[str, SuiteFigures]:
    """Returns an entry's figures without the interval of fitness, which was narrower then."""
    return {
        moment: figures.model_copy(update={"fitness": figures.fitness.mean})
        for moment, figures in entry.figures.items()
    }


@pytest.mark.parametrize("change", ["edited", "deleted", "left over"])
def test_recordings_that_are_not_those_of_the_lock_are_told(root: Path, change: str) -> None:
    with Project.open(root) as project:
        project.accept(project.load("stock.promptevo.yaml"))
    recordings = root / "promptevo_recordings" / "stock.jsonl"
    if change == "edited":
        text = recordings.read_text("utf-8")
        recordings.write_text(re.sub('"latency_ms": [0-9.]+', '"latency_ms": 1.0', text), "utf-8")
        said = "stock.jsonl is not the file with which promptevo.lock was written"
    elif change == "deleted":
        recordings.unlink()
        said = "stock.jsonl is missing, with which promptevo.lock was written"
    else:
        (root / "promptevo.lock").unlink()
        said = "stock.jsonl is committed, but promptevo.lock is gone"
    with Project.open(root) as project, pytest.raises(LockError, match=said):
        project.check_suite(project.load("stock.promptevo.yaml"))


@pytest.mark.parametrize("pool", [nullcontext, processes])
def test_what_was_paid_is_told_wherever_it_was_paid(root: Path, pool: Any) -> None:
    with pool() as executor, Project.open(root, executor=executor) as project:
        run = project.load(root / "stock.promptevo.yaml")
        first = project.evolve(run)
        assert run.evaluator.answers.paid == 6, "three examples, each with a repair"
        assert (first.verdict.passes, first.outcome) == (True, None)


def test_a_process_that_dies_is_an_error_of_the_model(root: Path) -> None:
    model = root / "fake_model.py"
    model.write_text(
        "import os\n" + model.read_text().replace("    text =", "    os._exit(1)\n    text =")
    )
    with processes() as executor, Project.open(root, executor=executor) as project:
        run = project.load(root / "stock.promptevo.yaml")
        with pytest.raises(CannotJudge, match="a process that evaluates has died") as caught:
            project.judge(run)
    assert isinstance(caught.value.error, ProviderError)


def test_errors_cross_processes() -> None:
    errors = [
        CannotJudge("order", "o-1", ModelUnavailable("gone")),
        SuiteError("wrong", path=Path("a.yaml"), line=3, hint="mend it"),
        InvalidAnswer(Exchange(Output("no", valid=False, problem="not JSON"), 1)),
    ]
    for error in errors:
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))


def test_a_replay_asks_nobody_and_names_what_is_missing(root: Path) -> None:
    with Project.open(root, Settings(record="none")) as project:
        run = project.load(root / "order.promptevo.yaml")
        with pytest.raises(CannotJudge, match="cannot judge order: example 'o-0'") as caught:
            project.judge(run)
    assert isinstance(caught.value.error, RecordingMissing)
    assert not (root / ".promptevo").exists()


def test_progress_is_told(root: Path) -> None:
    listener = Listener()
    settings = Settings(evolve="all", strategy="greedy")
    with Project.open(root, settings, listener) as project:
        run = project.load(root / "order.promptevo.yaml")
        project.judge(run)
        project.evolve(run)
    assert listener.shown[0] == "order: 1 of 70 answers"
    assert any(re.match("order: baseline 70 of 70", text) for text in listener.shown)
    assert any("generation 1" in text for text in listener.shown)
    assert listener.said == [
        "order: fitness 0.01607 [-0.04764, 0.1012] is below the threshold 0.6; "
        "fitness 0.016 = quality 0.071 - latency 0.048 (48 ms) - tokens 0.007 (15); "
        "searching (greedy) on 35 examples, 35 are held out for the test, "
        "about 1,688 calls at most with baseline and test ..."
    ]


def test_only_its_own_accepted_evolution_is_accepted(root: Path) -> None:
    with Project.open(root, Settings(evolve="all", strategy="greedy")) as project:
        order, stock = project.collect()
        evolution = project.evolve(order)
        with pytest.raises(SettingsError, match="stock: this is what evolved of 'order'"):
            project.accept(stock, evolution)
        assert evolution.outcome is not None
        rejected = replace(evolution, outcome=replace(evolution.outcome, accepted=False))
        with pytest.raises(SettingsError, match="order: the genome that was found is not accepted"):
            project.accept(order, rejected)
    assert not (root / "promptevo.lock").exists()


def test_a_changed_suite_no_longer_fits_its_lock(root: Path) -> None:
    with Project.open(root) as project:
        project.accept(project.load("stock.promptevo.yaml"))
    suite = root / "stock.promptevo.yaml"
    suite.write_text(suite.read_text().replace("threshold: 0.4", "threshold: 0.5"))
    with Project.open(root) as project:
        with pytest.raises(LockError, match="does not match stock: the objectives or the thre"):
            project.check_suite(project.load(suite))


@pytest.mark.parametrize("name", ["nowhere", "order.promptevo.yaml"])
def test_what_is_no_folder_is_no_project(root: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: no such folder"):
        Project.open(root / name)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"record": "Missing"}, "record mode 'Missing'"),
        ({"evolve": "al"}, "evolve: 'al'"),
        ({"locked": True}, "locked: True: use 'stale', 'strict' or nothing"),
        ({"accept": "all"}, "accept: 'all': the only choice is inconclusive"),
        ({"strategy": "racng"}, "unknown strategy 'racng'"),
        ({"seed": "5"}, "seed: '5' is not a whole number"),
        ({"seed": -1}, "seed: -1 is not"),
        ({"budget": 50}, "budget: 50: write"),
        ({"budget": {"call": 50}}, "no bound 'call': did you mean 'calls'"),
    ],
)
def test_settings_that_would_be_ignored_are_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Settings(**wrong)


def test_a_suite_is_loaded_once(root: Path) -> None:
    with Project.open(root) as project:
        first, second = project.collect()
        assert [first, second] == project.collect()
        assert [run.suite.name for run in (first, second)] == ["order", "stock"]
        assert project.load(first.suite.path) is first


def test_a_name_is_taken_once(root: Path) -> None:
    (root / "again.promptevo.yaml").write_text((root / "stock.promptevo.yaml").read_text())
    with Project.open(root) as project, pytest.raises(SettingsError, match="name 'stock' is taken"):
        project.collect()


def test_a_lock_whose_suite_is_gone_is_told(root: Path) -> None:
    with Project.open(root) as project:
        for run in project.collect():
            project.accept(run)
    (root / "stock.promptevo.yaml").rename(root / "stock.txt")
    with Project.open(root) as project:
        (run,) = project.collect()
        with pytest.raises(LockError, match="no suite is left for: stock"):
            project.check_lock(run.lock_path)


def ten_lines() -> str:
    """Returns the script of ARCHITECTURE.md."""
    text = (HERE.parents[1] / "ARCHITECTURE.md").read_text("utf-8")
    script = re.search(r"```python\n(from pytest_promptevo\.project.*?)```", text, re.DOTALL)
    assert script is not None
    return script[1]


def test_the_script_of_the_architecture_page_runs(root: Path) -> None:
    lines = [line for line in ten_lines().splitlines() if line.strip()]
    assert len(lines) <= 10
    code = "import sys\nsys.modules['pytest'] = None\n" + ten_lines()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "order: confirmed on 35 held-out examples, fitness 0.8531 [0.7833, 0.8943]",
        "stock: nothing to search, fitness 0.7385 [0.177, 0.7385]",
    ]
    with Project.open(root, Settings(record="none")) as project:
        for run in project.collect():
            project.check_suite(run)
            assert project.judge(run).passes
