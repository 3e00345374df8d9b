"""Workers of a Dask cluster share calls: ``python -m tests.benchmarks.scale.dask_workers``.

A scripted engine takes 50 ms a call. What is measured is a whole run without answers (every golden
example of a suite once), and a search; beside the figures stands whether the lock has the same
bytes as with threads.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import LocalCluster
from tabulate import tabulate

from pytest_promptevo.project import Project, Settings

WORKERS = (1, 2, 4, 8)
CALL_S = 0.05

MODEL = f"""
import hashlib
import time


def answer(request):
    time.sleep({CALL_S})
    text = request.messages[-1].content
    luck = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
    return "yes" if luck < (0.8 if "politely" in text else 0.5) else "no"
"""
SUITE = """
prompt: "{{how}} {{question}}"
models: {primary: "scripted:slow_model:answer"}
golden: golden.jsonl
genome: {how: Answer}
search: {how: [Answer, Answer politely, Reply, Say, Tell, Think]}
scorers: [exact_match]
threshold: 0.7
"""


def written(folder: Path, examples: int) -> Path:
    """Writes a project; returns its folder."""
    (folder / "slow_model.py").write_text(MODEL)
    (folder / "slow.promptevo.yaml").write_text(SUITE)
    lines = (
        json.dumps({"inputs": {"question": f"question {index * 7919}"}, "expected": "yes"})
        for index in range(examples)
    )
    (folder / "golden.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def measured(executor: str, examples: int) -> tuple[float, float, int, bytes]:
    """Returns seconds of a run and of a search, calls of that, and the lock."""
    with TemporaryDirectory() as name:
        root = written(Path(name), examples)
        settings = Settings(evolve="all", accept="inconclusive", seed=3, executor=executor)
        with Project.open(root, settings) as project:
            run = project.load("slow.promptevo.yaml")
            run.evaluator.workers()  # finds the cluster
            start = time.perf_counter()
            project.ask(run)
            asked = time.perf_counter()
            paid = run.evaluator.answers.paid
            evolution = project.evolve(run)
            searched = time.perf_counter()
            calls = run.evaluator.answers.paid - paid
            if evolution.outcome is not None and evolution.outcome.accepted:
                project.accept(run, evolution)
        lock = root / "promptevo.lock"
        return asked - start, searched - asked, calls, lock.read_bytes() if lock.exists() else b""


def main() -> None:
    """Prints a row for each number of workers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=400, help="golden examples (400)")
    examples = parser.parse_args().examples
    *_, lock = measured("", examples)
    rows = []
    for workers in WORKERS:
        with LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster:
            asked_s, searched_s, calls, found = measured(
                f"dask:{cluster.scheduler_address}", examples
            )
        rows.append(
            [
                workers,
                f"{examples * CALL_S / asked_s:.2f}",
                f"{examples * CALL_S / asked_s / workers:.2f}",
                f"{calls * CALL_S / searched_s:.2f}",
                "yes" if found == lock else "NO",
            ]
        )
    head = ["workers", "a run, times one worker's calls", "of the workers", "a search", "same lock"]
    print(tabulate(rows, head, "github", disable_numparse=True))


if __name__ == "__main__":
    main()
