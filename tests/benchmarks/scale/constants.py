"""What each part costs, one number each: ``python -m tests.benchmarks.scale.constants``.

Times are processor time (of one core), so that they hold on a machine that does other things;
bytes are those on disk. Each is a slope: the difference of a large and a small run by the
difference of their sizes. `docs/scale.md` computes from these.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from pytest_promptevo.runtime import live
from tests.benchmarks.live.scene import SUITE, Scene
from tests.benchmarks.scale.sizes import measured as size_of
from tests.benchmarks.scale.sizes import write_recordings, write_store
from tests.benchmarks.search.size import measured as search_of

MODEL = """
def answer(request):
    text = request.messages[-1].content
    return text.split()[-1] if "last" in text else "none"
"""
SCORED = """
golden: golden.jsonl
models: {primary: "scripted:scale_model:answer"}
prompt: "{{instruction}} Message: {{message}}"
genome: {instruction: Say something., temperature: 0.0, max_tokens: 8}
search: {instruction: [Say something., Say the last word.]}
scorers: [exact_match]
threshold: 0.5
"""


def pytest_of(folder: Path, *options: str) -> tuple[float, float]:
    """Returns the seconds of processor time and the megabytes that a run of pytest takes."""
    own = (
        "import resource, sys, pytest; code = pytest.main(sys.argv[1:]); "
        "used = resource.getrusage(resource.RUSAGE_SELF); "
        "held = next(l for l in open('/proc/self/status') if l.startswith('VmHWM:')); "
        "print('\\n', used.ru_utime + used.ru_stime, int(held.split()[1]) / 1024); sys.exit(code)"
    )
    quiet = ["-q", "-p", "pytest_promptevo.plugin", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [sys.executable, "-c", own, *quiet, *options],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    seconds, megabytes = done.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def gate(count: int) -> dict[str, float]:
    """Returns what a suite costs that a search has locked: its replay, its lock."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n", "ascii")
        (folder / "scale_model.py").write_text(MODEL, "ascii")
        (folder / "words.promptevo.yaml").write_text(SCORED, "ascii")
        rows = (
            {"inputs": {"message": f"some words of a message w{n}"}, "expected": f"w{n}"}
            for n in range(count)
        )
        text = "".join(f"{json.dumps({'id': f'w{n}', **row})}\n" for n, row in enumerate(rows))
        (folder / "golden.jsonl").write_text(text, "ascii")
        pytest_of(folder, "--evolve", "--promptevo-record=missing")
        seconds, megabytes = pytest_of(folder)
        return {
            "seconds": seconds,
            "megabytes": megabytes,
            "lock": (folder / "promptevo.lock").stat().st_size,
        }


def traffic(reports: int) -> dict[str, float]:
    """Returns what requests cost: a choice, a report to SQLite, and its bytes."""
    with tempfile.TemporaryDirectory() as name:
        scene, rng = Scene(Path(name)), random.Random(0)
        with live(scene.lock, SUITE) as orders:
            began = time.thread_time()
            turns = [orders.choose() for _ in range(reports)]
            chosen, began = time.thread_time() - began, time.process_time()
            for turn in turns:
                assert turn.report(float(rng.random() < 0.8), tokens=20)
        reported = time.process_time() - began  # what waits is written before it closes
        files = [file for file in Path(name).rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files if "live.sqlite" in file.name)
        return {"chosen": chosen, "reported": reported, "size": size}


def slope(small: float, large: float, sizes: tuple[int, int]) -> float:
    """Returns the cost of one more."""
    return (large - small) / (sizes[1] - sizes[0])


def constants() -> dict[str, float]:
    """Returns what one more costs: milliseconds, microseconds, kilobytes, bytes by name."""
    sizes = (1_000, 5_000)
    small, large = gate(sizes[0]), gate(sizes[1])
    found = {
        "ms of processor time, replay and judge an example": 1e3
        * slope(small["seconds"], large["seconds"], sizes),
        "kB of memory, an example in a run of pytest": 1e3
        * slope(small["megabytes"], large["megabytes"], sizes),
        "bytes of the lock, an example of a suite that a search has locked": slope(
            small["lock"], large["lock"], sizes
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        path, count = Path(folder) / "recordings", 50_000
        write_recordings(path, count)
        read = size_of("recordings", path, count)
        found["bytes of a committed answer of 14 words"] = path.stat().st_size / count
        found["kB of memory, a committed answer while its file is read"] = (
            1e3 * (read["most"] - read["base"]) / count
        )
        path, count = Path(folder) / "store", 200_000
        write_store(path, count)
        found["bytes of an answer in the local store"] = path.stat().st_size / count
        found["µs, to look one up"] = 1e6 * size_of("store", path, count)["p50"]
    calls, _, seconds, _ = search_of(100, 4_000, subsample=False)
    found["ms of processor time, a call of a search"] = 1e3 * seconds / calls
    sizes = (2_000, 12_000)
    few, many = traffic(sizes[0]), traffic(sizes[1])
    for name, scale, unit in (
        ("chosen", 1e6, "µs of processor time, choose an arm"),
        ("reported", 1e6, "µs of processor time, report an outcome to SQLite"),
        ("size", 1, "bytes of an outcome in SQLite"),
    ):
        found[unit] = scale * slope(few[name], many[name], sizes)
    return found


def main() -> None:
    """Prints a row for each constant."""
    rows = [(f"{each:,.3g}", unit) for unit, each in constants().items()]
    print(tabulate(rows, ["one more costs", ""], "github", disable_numparse=True))


if __name__ == "__main__":
    main()
