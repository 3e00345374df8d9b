"""The embedded engine under `Evaluator.many` against four threads that call it directly.

    python tests/benchmarks/bench_embedded.py

Both answer the same prompts, in turns, in one process with one model. Bar: at least 0.9
of the direct calls per second.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.providers.embedded.provider import _body
from pytest_promptevo.recording import Answerer, CommittedFile
from pytest_promptevo.recording.store import Store
from pytest_promptevo.suite import load_suite

ROOT = Path(__file__).parents[2] / "example_project"


def main(rounds: int = 6, count: int = 48) -> None:
    suite = load_suite(ROOT / "order_number.promptevo.yaml", ROOT)
    genome = suite.shipped.with_(shots=tuple(suite.prompt.pool)[:3], temperature=0.0)
    engine = connect("embedded:smollm2-135m-instruct", ProviderOptions(notify=print))
    suite = suite.with_models(dict.fromkeys(suite.prompt.models, engine.reference))
    examples = suite.examples[:count]
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        for at in range(rounds + 1):
            store = Store(Path(name) / f"{at}.sqlite")
            committed = CommittedFile(Path(name) / "none.jsonl")
            answers = Answerer(
                "missing", committed, lambda store=store: store, lambda _reference: engine
            )
            evaluator = Evaluator(suite, answers, ROOT)
            server = engine._started()
            bodies = [
                _body(suite.prompt.request(genome, example.inputs, without={example.id}))
                for example in examples
            ]

            def direct(server: object = server, bodies: list[object] = bodies) -> float:
                start = time.perf_counter()
                with ThreadPoolExecutor(4) as pool:
                    list(pool.map(server.handle_chat_completions, bodies))  # type: ignore[attr-defined]
                return time.perf_counter() - start

            def ours(evaluator: Evaluator = evaluator) -> float:
                start = time.perf_counter()
                evaluator.many(genome, examples)
                return time.perf_counter() - start

            both = {each: each() for each in ((direct, ours) if at % 2 else (ours, direct))}
            if at:
                ratios.append(both[direct] / both[ours])
                speeds = (count / both[ours], count / both[direct])
                print("calls/s: evaluate {:.2f}, direct {:.2f}".format(*speeds), file=sys.stderr)
            store.close()
    print(f"evaluate / direct calls per second: {statistics.median(ratios):.3f} {sorted(ratios)}")


if __name__ == "__main__":
    main()
