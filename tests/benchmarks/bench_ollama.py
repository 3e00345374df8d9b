"""Calls per second through the provider against the bare Ollama client, in one run.

    python tests/benchmarks/bench_ollama.py [ROUNDS] [THREADS]

Both ask a real server the same things in as many threads, in short turns (provider, client,
client, provider, ...), so that whatever else the machine does hits both alike. Bar: the
provider makes at least 0.95 times as many calls per second.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from typing import TYPE_CHECKING

import ollama
from ollama_server import HOW, MODEL, PARALLEL, OllamaServer, find_binary

from pytest_promptevo.prompt import Message, Request
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.providers.embedded.files import ensure

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 8
TEXT = "Copy the number: 48213\nThe number is 48213\nCopy the number: {}"
MAX_TOKENS = 8


def seconds(ask: Callable[[int], object], threads: ThreadPoolExecutor, first: int) -> float:
    """Times one turn."""
    started = time.perf_counter()
    list(threads.map(ask, range(first, first + CALLS)))
    return time.perf_counter() - started


def measure(server: OllamaServer, rounds: int, workers: int) -> None:
    """Runs the turns and prints what came out."""
    options = ProviderOptions(ollama_hosts=(server.address,), concurrency=workers)
    provider = connect(f"ollama:{MODEL}", options)
    client = ollama.Client(host=server.address)

    def through_provider(number: int) -> object:
        turn = Message("user", TEXT.format(number))
        params = {"temperature": 0.0, "max_tokens": MAX_TOKENS}
        return provider.generate(Request("", (turn,), params))

    def through_client(number: int) -> object:
        return client.chat(
            MODEL,
            [{"role": "user", "content": TEXT.format(number)}],
            options={"temperature": 0.0, "seed": 0, "num_predict": MAX_TOKENS},
        )

    asks = {"provider": through_provider, "client": through_client}
    times: dict[str, list[float]] = {"provider": [], "client": []}
    with ThreadPoolExecutor(workers) as threads:
        for ask in asks.values():
            seconds(ask, threads, 0)
        for number in range(rounds):
            order = ("provider", "client") if number % 2 == 0 else ("client", "provider")
            for name in order:
                times[name].append(seconds(asks[name], threads, 10_000 + number * CALLS))
    provider.close()
    rates = {name: CALLS * rounds / sum(taken) for name, taken in times.items()}
    pairs = [bare / own for own, bare in zip(times["provider"], times["client"], strict=True)]
    print(f"{rounds} rounds of {CALLS} calls, {workers} threads, server runs {PARALLEL} at once")
    print(f"provider {rates['provider']:.2f} calls/s, bare client {rates['client']:.2f} calls/s")
    print(f"ratio {rates['provider'] / rates['client']:.3f} (all), ", end="")
    print(f"{statistics.median(pairs):.3f} (median of rounds); bar 0.95")


def main() -> None:
    """Starts a server of its own and measures on it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else PARALLEL
    binary = find_binary()
    if binary is None:
        raise SystemExit(HOW)
    with tempfile.TemporaryDirectory() as folder:
        server = OllamaServer(binary, Path(folder))
        try:
            server.start()
            server.create(MODEL, ensure("smollm2-135m-instruct"))
            measure(server, rounds, workers)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
