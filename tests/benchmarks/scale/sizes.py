"""Large files of recordings and large stores: ``python -m tests.benchmarks.scale.sizes``.

Each is opened in a process of its own, so that its memory is that of nothing else. Figures of
time are wall time; memory is the most that the process held (Linux's ``VmHWM``).
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tabulate import tabulate

from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.recording.committed import Answered, committed_text, salvage_committed
from pytest_promptevo.recording.database import COLUMNS
from pytest_promptevo.recording.record import Recording
from pytest_promptevo.recording.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_UPS = 10_000
"""Answers that are looked up, or all where there are fewer."""


def answers(count: int) -> Iterator[Recording]:
    """Yields answers of some ten words to as many requests."""
    for number in range(count):
        messages = (Message("user", f"Which intent has the message number {number}?"),)
        request = Request("scripted:m:f", messages, {"temperature": 0.0, "max_tokens": 32})
        text = f"The message number {number} asks for a card that has not come yet."
        yield Recording.of(request, "sha256:0", Completion(text, 40, 14, 120.5))


def write_recordings(path: Path, count: int) -> None:
    """Writes a file of committed recordings."""
    made = [
        Answered(f"example-{number}", "0" * 32, [(0, answer)])
        for number, answer in enumerate(answers(count))
    ]
    path.write_text(committed_text(made), "utf-8")


def write_store(path: Path, count: int) -> None:
    """Writes a local store, past the rule that each answer is on disk before the next one."""
    store = Store(path)
    store.put(next(answers(1)))
    store.close()
    marks = ", ".join("?" * len(COLUMNS))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"INSERT OR REPLACE INTO answers VALUES ({marks})",
            ([getattr(answer, name) for name in COLUMNS] for answer in answers(count)),
        )


def read_recordings(path: Path, count: int) -> dict[str, float]:
    """Opens a file of recordings."""
    start = time.perf_counter()
    made, damage = salvage_committed(path)
    seconds = time.perf_counter() - start
    assert damage is None
    assert len(made.by_key) == count
    return {"open": seconds}


def read_store(path: Path, count: int) -> dict[str, float]:
    """Opens a store, and looks answers up that lie all over it."""
    chosen = set(random.Random(0).sample(range(count), min(count, LOOK_UPS)))
    wanted = [answer for number, answer in enumerate(answers(count)) if number in chosen]
    random.Random(1).shuffle(wanted)
    start = time.perf_counter()
    store = Store(path)
    assert store.get(wanted[0].key, wanted[0].max_tokens) == wanted[0]
    opened, times = time.perf_counter() - start, list[float]()
    for answer in wanted:
        start = time.perf_counter()
        found = store.get(answer.key, answer.max_tokens)
        times.append(time.perf_counter() - start)
        assert found == answer
    store.close()
    times.sort()
    return {"open": opened, "p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}


KINDS: dict[str, tuple[Callable[[Path, int], None], Callable[[Path, int], dict[str, float]]]] = {
    "recordings": (write_recordings, read_recordings),
    "store": (write_store, read_store),
}


def held() -> float:
    """Returns the most megabytes that this process has held; what forked it does not count."""
    status = Path("/proc/self/status").read_text("ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def measured(kind: str, path: Path, count: int) -> dict[str, float]:
    """Returns what a process of its own has measured."""
    command = [sys.executable, "-m", "tests.benchmarks.scale.sizes", "--read", kind, str(path)]
    done = subprocess.run(
        [*command, "--count", str(count)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Prints a row for each size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recordings", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--read", nargs=2, metavar=("KIND", "FILE"), help="one measurement alone")
    parser.add_argument("--count", type=int, default=0)
    told = parser.parse_args()
    if told.read:
        kind, path = told.read
        base = held()
        found = KINDS[kind][1](Path(path), told.count)
        print(json.dumps({**found, "base": base, "most": held()}))
        return
    rows = []
    for kind, most in (("recordings", told.recordings), ("store", told.answers)):
        for count in (most // 10, most):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / kind
                KINDS[kind][0](path, count)
                size = path.stat().st_size / 1e6
                rows.append(_row(kind, count, size, measured(kind, path, count)))
    headers = ["what", "answers", "MB on disk", "open, s", "look-up p50/p99, ms", "MB held"]
    print(tabulate(rows, headers, "github", disable_numparse=True))


def _row(kind: str, count: int, size: float, found: dict[str, float]) -> list[str]:
    look_up = f"{1000 * found['p50']:.3f}/{1000 * found['p99']:.3f}" if "p50" in found else ""
    held = f"{found['most']:.0f} (of which {found['base']:.0f} before)"
    return [kind, f"{count:,}", f"{size:.1f}", f"{found['open']:.3f}", look_up, held]


if __name__ == "__main__":
    main()
