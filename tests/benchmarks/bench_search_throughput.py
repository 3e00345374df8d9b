"""The embedded engine during a `racing` search against four threads that call it directly.

    python tests/benchmarks/bench_search_throughput.py

Each round searches with an empty store, then sends the same requests in the same order
from four threads to the same engine. Bar: at least 0.9 of the direct calls per second.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.evolve import Budget
from pytest_promptevo.improve.plan import Plan
from pytest_promptevo.improve.search import search
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.providers.embedded.provider import _body
from pytest_promptevo.recording import Answerer, CommittedFile
from pytest_promptevo.recording.store import Store
from pytest_promptevo.suite import load_suite

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Completion, Request
    from pytest_promptevo.providers import Provider

ROOT = Path(__file__).parents[2] / "example_project"
CALLS = 200


class Noting:
    """Passes requests on and notes them in the order of their start."""

    def __init__(self, engine: Provider) -> None:
        self._engine = engine
        self.reference = engine.reference
        self.concurrency = engine.concurrency
        self.requests: list[Request] = []

    def digest(self) -> str:
        return self._engine.digest()

    def generate(self, request: Request) -> Completion:
        self.requests.append(request)
        return self._engine.generate(request)

    def close(self) -> None:
        self._engine.close()


def searched(engine: Noting, suite_name: str, seed: int) -> float:
    """Returns the calls per second of a search."""
    suite = load_suite(ROOT / f"{suite_name}.promptevo.yaml", ROOT)
    suite = suite.with_models(dict.fromkeys(suite.prompt.models, engine.reference))
    engine.requests.clear()
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "answers.sqlite")
        answers = Answerer(
            "missing",
            CommittedFile(Path(name) / "none.jsonl"),
            lambda: store,
            lambda _reference: engine,
        )
        start = time.perf_counter()
        search(
            Evaluator(suite, answers, ROOT),
            suite.shipped,
            Plan("racing", seed, Budget(calls=CALLS)),
        )
        seconds = time.perf_counter() - start
        store.close()
    return len(engine.requests) / seconds


def direct(engine: Provider, requests: list[Request]) -> float:
    """Returns the calls per second of four threads that do nothing but call."""
    server = engine._started()  # type: ignore[attr-defined]
    bodies = [_body(each) for each in requests]
    start = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(server.handle_chat_completions, bodies))
    return len(bodies) / (time.perf_counter() - start)


def main(rounds: int = 3) -> None:
    inner = connect("embedded:smollm2-135m-instruct", ProviderOptions(notify=print))
    engine, ratios = Noting(inner), []
    for suite in ("amount", "order_number"):
        for seed in range(rounds):
            ours = searched(engine, suite, seed)
            bare = direct(inner, engine.requests)
            ratios.append(ours / bare)
            print(f"{suite} calls/s: search {ours:.2f}, direct {bare:.2f}", file=sys.stderr)
    inner.close()
    print(f"search / direct calls per second: {statistics.median(ratios):.3f} {sorted(ratios)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
