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
