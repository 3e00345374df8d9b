"""Records or accepts a project's suites in a process that dies at a chosen point.

    python -m tests.benchmarks.hardening.writer FOLDER {accept,record} [POINT NUMBER]

It dies by SIGKILL when it is for the NUMBERth time at POINT, one of `POINTS`. One that lives tells
as JSON how often it was at each point, its verdicts, and how long it waited for others at most.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.project import Project, Settings
from pytest_promptevo.project import commit as commit_module
from pytest_promptevo.recording import Answerer, database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POINTS = (
    "before replace",
    "after replace",
    "before fsync",
    "after fsync",
    "statement",
    "within a statement",
)
"""Around each rename and flush of a file; before each SQL statement of the store, its commits
included, and between any two steps of one."""


class Faults:
    """Counts how often the process is at each point, and ends it at one of them."""

    def __init__(self, point: str, number: int) -> None:
        self.counts: Counter[str] = Counter()
        self._fatal = (point, number)
        self._guard = threading.Lock()

    def at(self, point: str) -> None:
        with self._guard:
            self.counts[point] += 1
            if (point, self.counts[point]) == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def faulty(*arguments: Any) -> Any:
            self.at(f"before {name}")
            result = call(*arguments)
            self.at(f"after {name}")
            return result

        return faulty

    def install(self) -> None:
        Path.replace = self.around(Path.replace, "replace")  # type: ignore[method-assign]
        os.fsync = self.around(os.fsync, "fsync")
        setup = database._set_up

        def watched(connection: Any) -> None:
            connection.set_trace_callback(lambda _statement: self.at("statement"))
            connection.set_progress_handler(lambda: self.at("within a statement"), 1)
            setup(connection)

        database._set_up = watched


class Waits:
    """The longest waits for other processes: for the turn to write, and for their answers."""

    def __init__(self) -> None:
        self.longest_s = {"turn": 0.0, "answer": 0.0}
        self._own = threading.local()

    def note(self, what: str, seconds: float) -> None:
        self.longest_s[what] = max(self.longest_s[what], seconds)

    def install(self) -> None:
        turn_to_write = commit_module.turn_to_write
        answer, ask_model = Answerer.answer, Answerer.ask_model

        @contextmanager
        def turn(folder: Path, seconds: float) -> Iterator[None]:
            start = time.monotonic()
            with turn_to_write(folder, seconds):
                self.note("turn", time.monotonic() - start)
                yield

        def timed_answer(*arguments: Any, **others: Any) -> Any:
            start, self._own.seconds = time.monotonic(), 0.0
            try:
                return answer(*arguments, **others)
            finally:
                self.note("answer", time.monotonic() - start - self._own.seconds)

        def timed_call(*arguments: Any) -> Any:
            start = time.monotonic()
            try:
                return ask_model(*arguments)
            finally:
                self._own.seconds = time.monotonic() - start

        commit_module.turn_to_write = turn
        Answerer.answer = timed_answer  # type: ignore[method-assign]
        Answerer.ask_model = timed_call  # type: ignore[method-assign]


def main(folder: str, what: str, point: str = "", number: str = "0") -> None:
    faults, waits = Faults(point, int(number)), Waits()
    faults.install()
    waits.install()
    verdicts = {}
    with Project.open(folder, Settings(update_lock=what == "accept")) as project:
        for run in project.collect():
            project.ask(run)
            if what == "accept":
                project.accept(run)
            verdicts[run.suite.name] = project.judge(run).figures.fitness.mean
    told = {"points": faults.counts, "verdicts": verdicts, "longest_wait_s": waits.longest_s}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
