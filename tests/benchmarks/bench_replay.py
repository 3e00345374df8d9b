"""Replayed golden examples against parametrized tests that do nothing, in one run.

    python tests/benchmarks/bench_replay.py

Bars: 1,000 examples take at most 1.5 times as long as 1,000 empty tests, and 10,000
examples about ten times as long as 1,000 (less what starting up costs).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ANSWER = """
def answer(request):
    return request.messages[-1].content.split()[-1]
"""
SUITE = """
golden: golden.jsonl
models: {primary: "scripted:bench_answer:answer"}
prompt: "{{instruction}} Message: {{message}}"
genome: {instruction: Say the last word., temperature: 0.0, max_tokens: 8}
scorers: [exact_match]
threshold: 0.5
"""
EMPTY = """
import pytest

@pytest.mark.parametrize("number", range(COUNT))
def test_nothing(number):
    pass
"""


def project(folder: Path, count: int) -> tuple[Path, Path]:
    """Makes a recorded suite of `count` examples and as many empty tests."""
    suites, empty = folder / f"suites{count}", folder / f"empty{count}"
    for made in (suites, empty):
        made.mkdir()
        (made / "pytest.ini").write_text("[pytest]\n")
    (suites / "bench_answer.py").write_text(ANSWER)
    (suites / "words.promptevo.yaml").write_text(SUITE)
    words = [f"w{at}" for at in range(count)]
    rows = [
        {"id": word, "inputs": {"message": f"some words of a message {word}"}, "expected": word}
        for word in words
    ]
    (suites / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (empty / "test_empty.py").write_text(EMPTY.replace("COUNT", str(count)))
    run(suites, "--promptevo-update-lock", "--promptevo-record=missing")
    return suites, empty


def run(folder: Path, *options: str) -> float:
    """Runs pytest in a folder and returns its wall time in seconds."""
    environment = {**os.environ, "CI": "true", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_promptevo.plugin"]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return taken


def main(rounds: int = 7) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs = {count: project(folder, count) for count in (1000, 10_000)}
        for count, (suites, empty) in pairs.items():
            times = [(run(suites), run(empty)) for _ in range(rounds if count == 1000 else 3)]
            ratios = sorted(first / second for first, second in times)
            ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
            print(
                f"{count:6} examples: {ours:.2f} s, empty tests {theirs:.2f} s, "
                f"ratio {statistics.median(ratios):.2f} [{ratios[0]:.2f}, {ratios[-1]:.2f}]"
            )


if __name__ == "__main__":
    main()
