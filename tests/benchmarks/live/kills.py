"""What `kill -9` of all processes leaves, again and again, on one store.

python -m tests.benchmarks.live.kills [--store sqlite|postgres] [--rounds 20]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from tabulate import tabulate

from .load import STORES
from .postgres_server import HOW, PostgresServer, find_programs
from .scene import Scene

TICK_SECONDS = 0.1
"""Processes try to move the rollout on as often as this, so that many die while they do."""


def kill_round(scene: Scene, processes: int, rng: random.Random) -> dict[str, Any]:
    """Starts processes, kills them at a random moment, and looks at what they leave."""
    options = ("--tick", str(TICK_SECONDS), *(("--unit",) if rng.random() < 0.5 else ()))
    workers = [scene.worker(number, *options) for number in range(processes)]
    for worker in workers:
        worker.wait_until_ready()
    time.sleep(rng.uniform(0.3, 1.5))
    for worker in workers:
        worker.kill()
    acknowledged = {line for worker in workers for line in worker.acknowledgements()}
    store = scene.open()
    scene.place.spool_of(10.0).drain(store)
    held = scene.holds(store)
    if held["n"] < held["evidence"]:  # a server still commits what a killed process has sent it
        time.sleep(1.0)
        held = scene.holds(store)
    lost = acknowledged - set(scene.decisions(store))
    store.close()
    return {"acknowledged": len(acknowledged), "lost": len(lost), **held}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=STORES, action="append")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    for store in told.store or STORES:
        rng = random.Random(told.seed)
        with tempfile.TemporaryDirectory() as folder:
            programs = find_programs() if store == "postgres" else None
            assert programs or store != "postgres", HOW
            server = PostgresServer(programs, fsync=True) if programs else None
            try:
                if server:
                    server.start()
                scene = Scene(Path(folder), server.address if server else None)
                rows = []
                for number in range(told.rounds):
                    rows.append(kill_round(scene, told.processes, rng))
                    print(store, number + 1, rows[-1], flush=True)
            finally:
                if server:
                    server.remove()
        last = rows[-1]
        summary = {
            "store": store,
            "processes killed": told.processes * len(rows),
            "acknowledged": last["acknowledged"],
            "lost": max(row["lost"] for row in rows),
            "allocations": last["allocations"],
            "rounds in order": sum(row["in_order"] for row in rows),
            "rounds equal to a rebuild": sum(
                row["equal"] and row["n"] == row["evidence"] for row in rows
            ),
        }
        print(tabulate([summary], headers="keys", tablefmt="github"))


if __name__ == "__main__":
    main()
