"""What requests notice of a store that is gone, and what is left of their reports.

    python -m tests.benchmarks.live.outages [--seconds 5] [--only NAME]

A process serves 100 requests a second. After a while the store breaks, later it is mended.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from pytest_promptevo.state.records import ALL_SUITES

from .load import quantile
from .postgres_server import HOW, PostgresServer, find_programs
from .scene import TEXTS, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

LOCKED = TEXTS[0].replace("{{m}}", "x")
NOTICED_SECONDS = 2.5
"""By then every process has noticed."""

_ENDINGS = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Outage:
    """A way to lose a store, and to have it again.

    Attributes:
        breaks: Breaks it.
        mends: Mends it.
        options: Of the worker.
        is_at_start: Whether it is broken before the worker starts.
        loses_all: Whether the outcomes before are gone with it.
        loses_new: Whether the reports meanwhile cannot be kept anywhere.
        is_noticed: Whether the locked genome answers everybody.
    """

    breaks: Callable[[Scene, Any], None]
    mends: Callable[[Scene, Any], None]
    options: tuple[str, ...] = ()
    is_at_start: bool = False
    loses_all: bool = False
    loses_new: bool = False
    is_noticed: bool = True


def files_of(scene: Scene) -> list[Path]:
    path = scene.place.address
    return [path.with_name(path.name + ending) for ending in _ENDINGS]


def nothing(_scene: Scene, _server: Any) -> None:
    pass


def delete(scene: Scene, _server: Any) -> None:
    for path in files_of(scene):
        path.unlink(missing_ok=True)


def delete_folder(scene: Scene, _server: Any) -> None:
    with contextlib.suppress(OSError):  # a process may write into it meanwhile
        shutil.rmtree(scene.place.address.parent)


def corrupt(scene: Scene, _server: Any) -> None:
    for path in files_of(scene)[:2]:
        with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
            file.write(b"\xa5" * path.stat().st_size)


def begin_anew(scene: Scene, server: Any) -> None:
    """Deletes a store; the one that is made in its place is off until somebody switches it on."""
    delete(scene, server)
    store = scene.open()
    store.switch(ALL_SUITES, "on")
    store.close()


def make_read_only(scene: Scene, _server: Any) -> None:
    paths = [*files_of(scene), scene.place.address.parent]
    for path in filter(Path.exists, paths):
        if os.geteuid() == 0:  # whom no permission stops
            subprocess.run(["chattr", "+i", path], check=True, capture_output=True)
        else:
            path.chmod(0o555)


def make_writable(scene: Scene, _server: Any) -> None:
    for path in (scene.place.address.parent, *files_of(scene)):
        if path.exists() and os.geteuid() == 0:
            subprocess.run(["chattr", "-i", path], check=True, capture_output=True)
        elif path.exists():
            path.chmod(0o755)


def stop(_scene: Scene, server: PostgresServer) -> None:
    server.stop()


def start(_scene: Scene, server: PostgresServer) -> None:
    server.start()


def freeze(_scene: Scene, server: PostgresServer) -> None:
    server.freeze()


def thaw(_scene: Scene, server: PostgresServer) -> None:
    server.thaw()


def _full(largest: int) -> tuple[str, ...]:
    return ("--largest-file", str(largest), "--full-after", "2")


SQLITE = {
    "nothing": Outage(nothing, nothing, is_noticed=False),
    "deleted": Outage(delete, nothing, loses_all=True),
    "folder deleted": Outage(delete_folder, nothing, loses_all=True),
    "corrupt": Outage(corrupt, begin_anew, loses_all=True),
    "read-only": Outage(make_read_only, make_writable, is_at_start=True, loses_new=True),
    "disk full": Outage(nothing, nothing, _full(1), loses_new=True),
}
POSTGRES = {
    "stopped": Outage(stop, start),
    "frozen": Outage(freeze, thaw),
}


def serve(
    scene: Scene, outage: Outage, server: Any, seconds: float, rate: float = 100.0
) -> dict[str, Any]:
    """Serves traffic through an outage of so many seconds and returns what requests noticed."""
    prepared = scene.open()
    scene.holds(prepared)
    prepared.close()
    if outage.is_at_start:
        outage.breaks(scene, server)
    worker = scene.worker(
        0, "--rate", str(rate), "--seconds", str(2 * seconds + 4), *outage.options
    )
    try:
        worker.wait_until_ready()
        time.sleep(2)
        if not outage.is_at_start:
            outage.breaks(scene, server)
        broken = time.time()
        time.sleep(seconds)
    finally:
        outage.mends(scene, server)
    mended = time.time()
    requests = worker.result()["requests"]
    meanwhile = [row for row in requests if broken <= row[0] < mended]
    noticed = [row for row in meanwhile if row[0] > broken + NOTICED_SECONDS]
    store = scene.open()
    scene.place.spool_of(10.0).drain(store)
    kept = scene.decisions(store)
    with store.reading() as session:
        rows = session.rows("SELECT COUNT(*), COUNT(DISTINCT decision) FROM promptevo_outcome")
    store.close()
    since = broken + NOTICED_SECONDS if outage.loses_all else 0.0
    took = sorted(row[1] for row in meanwhile)
    return {
        "requests": len(meanwhile),
        "p50 ms": quantile(took, 0.5),
        "p99 ms": quantile(took, 0.99),
        "max ms": took[-1],
        "not the locked genome": sum(row[2] != LOCKED for row in noticed),
        "not in the lock": sum(
            row[2] not in {text.replace("{{m}}", "x") for text in TEXTS} for row in requests
        ),
        "not kept": sum(not row[3] for row in meanwhile),
        "acknowledged and lost": sum(
            row[3] and row[0] > since and row[4] not in kept for row in requests
        ),
        "kept twice": rows[0][0] - rows[0][1],
        "warnings": worker.errors.read_text().count("\n"),
        "tracebacks": worker.errors.read_text().count("Traceback"),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5.0, help="of each outage")
    parser.add_argument("--only", action="append")
    told = parser.parse_args()
    rows = []
    for name, outage in {**SQLITE, **POSTGRES}.items():
        if told.only and name not in told.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            programs = find_programs() if name in POSTGRES else None
            assert programs or name in SQLITE, HOW
            server = PostgresServer(programs, fsync=True) if programs else None
            try:
                if server:
                    server.start()
                scene = Scene(Path(folder), server.address if server else None)
                rows.append({"outage": name, **serve(scene, outage, server, told.seconds)})
            finally:
                if server:
                    server.remove()
    print(tabulate(rows, headers="keys", tablefmt="github", floatfmt=".2f"))


if __name__ == "__main__":
    main()
