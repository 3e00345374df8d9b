"""The embedded model in two workers: ``python -m tests.benchmarks.scale.dask_embedded``.

The same requests are answered by one process that has both cores, and by two workers of a Dask
cluster that have one each (`OMP_THREAD_LIMIT`, and bound to it), in turns. What counts is calls a
second; both have answered some requests before, so that models are loaded.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pytest_promptevo.prompt import Message, Request
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.providers.elsewhere.dask_cluster import DaskCluster
from pytest_promptevo.providers.elsewhere.remote import Remote
from tests.benchmarks.search.recipes import MODEL


def requests(count: int, round_: int) -> list[Request]:
    """Returns requests that have a beginning in common, as those of a genome have."""
    told = "You sort messages to a bank. Answer with one word: card, transfer or other. "
    params = {"temperature": 0.0, "max_tokens": 8}
    return [
        Request(MODEL, (Message("user", f"{told}Message {round_}.{n}: my card is lost."),), params)
        for n in range(count)
    ]


def rate(provider: Provider, count: int, round_: int) -> float:
    """Returns calls a second."""
    asked = requests(count, round_)
    start = time.perf_counter()
    with ThreadPoolExecutor(provider.concurrency) as pool:
        answers = list(pool.map(provider.generate, asked))
    assert len(answers) == count
    return count / (time.perf_counter() - start)


def workers(stack: ExitStack, folder: Path) -> str:
    """Starts a scheduler and two workers; returns its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    alone = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
    commands = [["scheduler", "--host", address, "--no-dashboard"]]
    commands += [["worker", address, *alone]] * 2
    for core, command in enumerate(commands, -1):
        bound = {core} if core >= 0 else os.sched_getaffinity(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=folder,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.sched_setaffinity(process.pid, bound)
        stack.callback(process.kill)
        time.sleep(2 if core < 0 else 0)
    return address


def main() -> None:
    """Prints the rates, round by round."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=80)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    with TemporaryDirectory() as name, ExitStack() as stack:
        address = workers(stack, Path(name))
        cluster = DaskCluster(address, 60.0, print)
        stack.callback(cluster.close)
        options = {"timeout_s": 120.0}
        there = Remote(MODEL, Path(name), options, lambda: cluster)
        here = connect(MODEL, ProviderOptions(root=Path(name), notify=print))
        stack.callback(here.close)
        for provider in (here, there):
            rate(provider, 16, -1)
        ratios = []
        for round_ in range(told.rounds):
            alone, spread = rate(here, told.calls, round_), rate(there, told.calls, round_)
            ratios.append(spread / alone)
            print(f"one process {alone:.2f} calls a second, two {spread:.2f}: {ratios[-1]:.2f}")
        print(f"median {median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]")


if __name__ == "__main__":
    main()
