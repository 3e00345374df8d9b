"""Many processes on one project at once, and one of them that dies.

    python -m tests.benchmarks.hardening.together [--rounds N]

Rows: four processes that record and three that accept the same suites at once; `pytest -n 8`
with a worker that is killed while it asks, and the same command again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from .scene import EXAMPLES, IN_FLIGHT, Scene, told_by

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITES = ("alpha", "beta", "gamma", "delta")

_DIES = """
import os
import signal
from pathlib import Path

import fake_model

HERE = Path(__file__).parent
answer = fake_model.answer


def deadly(request):
    try:
        if "alpha7" in request.messages[-1].content:
            (HERE / "died").touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)
    except FileExistsError:
        pass
    return answer(request)


if "PYTEST_XDIST_WORKER" in os.environ:
    fake_model.answer = deadly
"""


@dataclass(frozen=True)
class Together:
    """What came of processes that worked at once.

    Attributes:
        what: Which they were.
        differing: Verdicts that are not those of a process alone.
        lost: What is not whole, does not belong together or was not kept.
        paid_twice: Calls for an answer that another call had been made for.
        wait_s: The longest wait for a turn or another process's answer; None where it is not
            measured.
    """

    what: str
    differing: tuple[Any, ...]
    lost: tuple[str, ...]
    paid_twice: int
    wait_s: float | None


def record_and_accept(folder: Path, recording: int = 4, accepting: int = 3) -> Together:
    """Lets processes record and accept the same suites at once."""
    scene = Scene(folder, SUITES, pause_s=0.02)
    scene.accept()
    alone = scene.files()
    scene.lock.unlink()
    for path in (folder / "promptevo_recordings").iterdir():
        path.unlink()
    scene.forget()
    whats = ["record"] * recording + ["accept"] * accepting
    told = [told_by(process) for process in [scene.start(what) for what in whats]]
    lost = [*scene.torn(), *scene.apart(), *scene.scratch(), *scene.claimed()]
    if len(set(scene.asked)) != EXAMPLES * len(SUITES):
        lost.append("not everything was asked")
    if scene.files() != alone:
        lost.append("lock or recordings are not those of a process alone")
    return Together(
        f"{recording} record, {accepting} accept",
        tuple(each["verdicts"] for each in told if each["verdicts"] != told[0]["verdicts"]),
        tuple(lost),
        scene.paid_twice,
        max(max(each["longest_wait_s"].values()) for each in told),
    )


def a_worker_dies(
    folder: Path, workers: int = 8, suites: tuple[str, ...] = SUITES
) -> tuple[Together, str]:
    """Kills a worker of pytest-xdist while it asks; runs the same command again.

    Returns:
        What came of it, and the last line of the run in which the worker died.
    """
    scene = Scene(folder, suites, pause_s=0.02)
    alone, _ = _outcomes(folder, ())
    scene.forget()
    (folder / "conftest.py").write_text(_DIES)
    command = ("-n", str(workers))
    _, said = _outcomes(folder, command)
    assert (folder / "died").exists(), said
    again, _ = _outcomes(folder, command)
    lost = sorted(alone - again)
    return (
        Together(
            f"pytest -n {workers}, a worker dies",
            tuple(sorted(again - alone)),
            tuple(lost + scene.scratch() + scene.claimed()),
            scene.paid_twice,
            None,
        ),
        said,
    )


def _outcomes(folder: Path, options: Sequence[str]) -> tuple[set[str], str]:
    """Returns the outcome of each test of a run of pytest, and its last line."""
    speaking = ("CI", "PYTEST_", "PROMPTEVO_")
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-q", "-p", "no:randomly", *options],
        cwd=folder,
        env={name: text for name, text in os.environ.items() if not name.startswith(speaking)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    lines = process.stdout.splitlines()
    words = ("PASSED", "FAILED", "ERROR", "XFAIL")
    return {line.split(" - ")[0] for line in lines if line.startswith(words)}, lines[-1]


def holds(result: Together) -> bool:
    """Whether nothing differs, is lost, or was paid twice beyond what was in flight."""
    return not (result.differing or result.lost) and result.paid_twice <= IN_FLIGHT


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        prog="together", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    found = []
    for _ in range(parser.parse_args().rounds):
        with tempfile.TemporaryDirectory() as folder:
            found.append(record_and_accept(Path(folder)))
        with tempfile.TemporaryDirectory() as folder:
            result, said = a_worker_dies(Path(folder))
            found.append(result)
            print(said, file=sys.stderr)
    rows = [
        [
            result.what,
            len(result.differing),
            len(result.lost),
            result.paid_twice,
            "" if result.wait_s is None else f"{result.wait_s:.2f}",
        ]
        for result in sorted(found, key=lambda result: result.what)
    ]
    print(tabulate(rows, ["at once", "differing", "lost", "paid twice", "longest wait [s]"]))
    for result in found:
        if not holds(result):
            print(result, file=sys.stderr)
    if not all(map(holds, found)):
        sys.exit(1)


if __name__ == "__main__":
    main()
