"""Hosts of different speed share a search's calls: ``python -m tests.benchmarks.scale.hosts``.

Each host is a process of its own behind a real socket. The rate of each is measured alone, then
that of all; then one more that never answers stands beside them.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tabulate import tabulate

from pytest_promptevo.prompt import Message, Request
from pytest_promptevo.providers import Provider, ProviderOptions, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MODEL = "ollama:tiny"
MILLISECONDS = (10.0, 20.0, 40.0, 80.0)
HANGS = 1e12


@contextmanager
def host(milliseconds: float) -> Iterator[str]:
    """Runs a host; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.benchmarks.scale.slow_host", str(port)]
    with subprocess.Popen([*command, str(milliseconds)]) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def rate(addresses: Sequence[str], calls: int) -> float:
    """Returns the calls a second that hosts answer together, the last one included."""
    options = ProviderOptions(ollama_hosts=tuple(addresses), notify=print)
    provider = connect(MODEL, options)
    try:
        ask(provider, 2 * len(addresses))  # connections, and how long a call takes
        start = time.perf_counter()
        ask(provider, calls)
        return calls / (time.perf_counter() - start)
    finally:
        provider.close()


def ask(provider: Provider, calls: int) -> None:
    """Asks side by side, as a search does."""

    def one(number: int) -> str:
        request = Request(MODEL, (Message("user", str(number)),), {"temperature": 0.0})
        return provider.generate(request).text

    with ThreadPoolExecutor(provider.concurrency) as pool:
        answers = list(pool.map(one, range(calls)))
    assert answers == [f"echo {number}" for number in range(calls)]


def _wait_for(port: int) -> None:
    for _ in range(400):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("a host did not start")


def main() -> None:
    """Prints rates, and what the hosts together have of their sum."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="of work, for each rate")
    seconds = parser.parse_args().seconds
    with ExitStack() as stack:
        addresses = [stack.enter_context(host(each)) for each in MILLISECONDS]
        alone = [
            rate([address], round(seconds * 1000 / each))
            for address, each in zip(addresses, MILLISECONDS, strict=True)
        ]
        calls = round(seconds * sum(alone))
        together = rate(addresses, calls)
        hanging = rate([*addresses, stack.enter_context(host(HANGS))], calls)
    rows = [
        [f"{each:g} ms a call", f"{found:.1f}", ""]
        for each, found in zip(MILLISECONDS, alone, strict=True)
    ]
    rows.append(["all four", f"{together:.1f}", f"{together / sum(alone):.3f} of the sum"])
    rows.append(
        ["all four and one that hangs", f"{hanging:.1f}", f"{together / hanging:.3f} times as long"]
    )
    print(tabulate(rows, ["hosts", "calls a second", ""], "github", disable_numparse=True))


if __name__ == "__main__":
    main()
