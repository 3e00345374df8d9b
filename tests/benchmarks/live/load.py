"""How fast eight processes report, and how long a report takes.

    python -m tests.benchmarks.live.load [--store sqlite|postgres] [--seconds 10]
    python -m tests.benchmarks.live.load --rate 50 --minutes 10

Without a rate each process reports as fast as it can.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tabulate import tabulate

from .postgres_server import HOW, PostgresServer, find_programs
from .scene import Scene

STORES = ("sqlite", "postgres")


def measure(scene: Scene, processes: int, seconds: float, rate: float) -> dict[str, Any]:
    """Runs the processes and returns the figures of all of them."""
    told = ("--seconds", str(seconds), "--rate", str(rate))
    workers = [scene.worker(number, *told) for number in range(processes)]
    results = [worker.result() for worker in workers]
    chosen = sorted(each for result in results for each in result["choose"])
    reported = sorted(each for result in results for each in result["report"])
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result["counts"])
    acknowledged = {line for worker in workers for line in worker.acknowledgements()}
    store = scene.open()
    scene.place.spool_of(10.0).drain(store)
    held = scene.holds(store)
    kept = scene.decisions(store)
    store.close()
    errors = "".join(worker.errors.read_text() for worker in workers)
    return {
        "reports a second": sum(len(result["report"]) / result["seconds"] for result in results),
        "report p50 ms": 1000 * quantile(reported, 0.5),
        "report p99 ms": 1000 * quantile(reported, 0.99),
        "report max ms": 1000 * reported[-1],
        "choose p99 us": 1e6 * quantile(chosen, 0.99),
        "reports": len(reported),
        "by the spool": counts["spooled"],
        "store lost": counts["lost"],
        "database is locked": errors.count("locked"),
        "warnings": errors.count("\n"),
        "acknowledged and lost": len(acknowledged - set(kept)),
        "equals a rebuild": held["equal"] and held["n"] == held["evidence"],
    }


def quantile(ordered: list[float], share: float) -> float:
    """Returns a quantile of ordered values."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=STORES, action="append")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0, help="of each process, a second")
    told = parser.parse_args()
    seconds = told.minutes * 60 or told.seconds
    rows: dict[str, dict[str, Any]] = {}
    for store in told.store or STORES:
        with tempfile.TemporaryDirectory() as folder:
            with_server = store == "postgres"
            programs = find_programs() if with_server else None
            assert programs or not with_server, HOW
            server = PostgresServer(programs, fsync=True) if programs else None
            try:
                if server:
                    server.start()
                scene = Scene(Path(folder), server.address if server else None)
                rows[store] = measure(scene, told.processes, seconds, told.rate)
            finally:
                if server:
                    server.remove()
    names = list(next(iter(rows.values())))
    table = [[name, *(_shown(row[name]) for row in rows.values())] for name in names]
    print(tabulate(table, headers=["", *rows], tablefmt="github", disable_numparse=True))


def _shown(value: Any) -> str:
    return f"{value:,.3g}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
