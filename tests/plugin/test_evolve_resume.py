"""A search that is ended in the middle: nothing paid is lost, no lock is torn."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.lock import read_lock

from .project import ENOUGH, VERBOSE

if TYPE_CHECKING:
    import subprocess

IN_FLIGHT = 4

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture
def searching(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.ini("promptevo_strategy = classic")
    project.run("--evolve", "-q").assert_outcomes(passed=ENOUGH + 1)
    whole = project.calls, project.lock.read_bytes()
    project.lock.unlink()
    for path in project.recordings.iterdir():
        path.unlink()
    project.forget()
    return project, *whole


def stop(project, after: int, how: signal.Signals) -> subprocess.Popen[str]:
    """Sends a signal to a search after some calls; returns the process, which has ended."""
    process = project.start("--evolve", MODEL_PAUSE="0.05")
    deadline = time.monotonic() + 60
    while project.calls < after:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(how)
    process.wait(30)
    return process


@pytest.mark.parametrize("after", [3, 90])
def test_after_a_kill_the_next_run_pays_for_nothing_twice(searching, after):
    project, calls, lock = searching
    process = stop(project, after, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not project.lock.exists()
    assert project.calls < calls
    project.run("--evolve").assert_outcomes(passed=ENOUGH + 1)
    assert project.calls <= calls + IN_FLIGHT
    assert len(set(project.asked())) == calls
    assert project.lock.read_bytes() == lock


def test_a_kill_leaves_the_entries_of_other_suites_whole(searching):
    project, *_ = searching
    project.suite("other", count=2)
    project.run("other.promptevo.yaml", "--promptevo-update-lock")
    before = project.lock.read_bytes()
    stop(project, project.calls + 10, signal.SIGKILL).communicate()
    assert project.lock.read_bytes() == before
    assert list(read_lock(project.lock).entries) == ["other"]


def test_after_an_interrupt_the_lock_is_whole_and_nothing_is_lost(searching):
    project, calls, lock = searching
    process = stop(project, 20, signal.SIGINT)
    said, _ = process.communicate()
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in said
    kept = "promptevo: stopped: the answers so far are kept, and the same command goes on from them"
    assert said.splitlines().count(kept) == 1
    assert "INTERNALERROR" not in said
    assert not project.lock.exists()
    project.run("--evolve").assert_outcomes(passed=ENOUGH + 1)
    assert project.calls == calls
    assert project.lock.read_bytes() == lock


def interrupted(project, *, times: int = 1, pause: str = "0.05"):
    """Stops a search by Ctrl-C, once or twice, when its first genomes are compared."""
    process = project.start("--evolve", MODEL_PAUSE=pause)
    deadline = time.monotonic() + 60
    while project.calls < ENOUGH + 20:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    process.wait(60)
    said, _ = process.communicate()
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "INTERNALERROR" not in said
    return said


STOPPING = (
    "promptevo: stopping: the calls in flight end, then the best so far is tested on the "
    "held-out examples; Ctrl-C again ends the run after them"
)


def test_an_interrupt_ends_the_search_and_the_best_so_far_is_tested(searching):
    project, calls, lock = searching
    said = interrupted(project)
    assert STOPPING in said
    assert "(interrupted); " in said
    assert project.calls < calls
    if "wrote promptevo.lock" in said:  # what was found by then has won its test
        project.run().assert_outcomes(passed=ENOUGH + 1)
    else:
        assert not project.lock.exists()
    project.lock.unlink(missing_ok=True)
    for path in project.recordings.iterdir() if project.recordings.exists() else ():
        path.unlink()
    project.forget()
    project.run("--evolve").assert_outcomes(passed=ENOUGH + 1)
    assert project.lock.read_bytes() == lock


def test_a_second_interrupt_ends_the_run_and_nothing_is_tested(searching):
    project, *_ = searching
    said = interrupted(project, times=2, pause="0.5")  # a call is still in flight
    assert STOPPING in said
    assert "interrupted)" not in said
    assert not project.lock.exists()


@pytest.mark.parametrize(("pause", "is_told"), [("3", True), ("0.01", False)])
def test_an_interrupt_that_waits_for_calls_in_flight_says_so(project, pause, is_told):
    project.suite()
    process = project.start(MODEL_PAUSE=pause)
    while project.calls < 1:
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    told = "promptevo: stopping: waiting for the calls in flight, whose answers are kept"
    assert (told in said) is is_told
    assert "promptevo: stopped: the answers so far are kept" in said


PRESSED_LATE = """
from contextlib import contextmanager

from pytest_promptevo.improve.interruption import Interruption

heard = Interruption.heard

@contextmanager
def pressed(self, then):
    with heard(self, then):
        yield
    self._is_asked = True  # as somebody may press Ctrl-C when the search has just ended

Interruption.heard = pressed
"""


def test_an_interrupt_when_the_search_has_just_ended_ends_the_run(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.write("conftest.py", PRESSED_LATE)
    result = project.spawn("--evolve")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "wrote promptevo.lock" in str(result.stdout)
