"""How fast a process chooses.

python -m tests.benchmarks.live.choosing [--times 200000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from pytest_promptevo.runtime import live

from .load import quantile
from .scene import SUITE, Scene


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=200_000)
    told = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        with live(scene.lock, SUITE) as orders:
            for name, unit in (("nobody", None), ("a unit", "user 7")):
                started, cpu = time.perf_counter(), time.thread_time()
                for _ in range(told.times):
                    orders.choose(unit)
                took, cpu = time.perf_counter() - started, time.thread_time() - cpu
                each = []
                for _ in range(told.times):
                    began = time.perf_counter()
                    orders.choose(unit)
                    each.append(time.perf_counter() - began)
                each.sort()
                rows.append(
                    {
                        "chosen for": name,
                        "a second": told.times / took,
                        "a second of processor time": told.times / cpu,
                        "p50 us": 1e6 * quantile(each, 0.5),
                        "p99 us": 1e6 * quantile(each, 0.99),
                        "p99.9 us": 1e6 * quantile(each, 0.999),
                    }
                )
    print(tabulate(rows, headers="keys", tablefmt="github", floatfmt=",.1f"))


if __name__ == "__main__":
    main()
