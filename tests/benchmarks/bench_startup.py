"""`pytest` in a repository without suites, with and without the plugin.

    python tests/benchmarks/bench_startup.py

Bar: at most 10 ms apart (difference of the medians of 20 runs each, taken in turns). On a
busy machine wall time says little; processor time is shown beside it.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BAR_MS = 10.0
TEST = """
def test_nothing():
    pass
"""


def run(folder: Path, *options: str) -> tuple[float, float]:
    """Runs pytest in a folder and returns its wall and processor time in milliseconds."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    before, start = used(), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - start, used() - before
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return 1000 * taken[0], 1000 * taken[1]


def environment() -> dict[str, str]:
    """Returns this environment, but for plugins of others and with bytecode that is kept."""
    mine = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    mine.pop("PYTHONDONTWRITEBYTECODE", None)
    return mine


def used() -> float:
    """Returns the processor time of all ended children in seconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main(rounds: int = 20) -> None:
    plugin = ("-p", "pytest_promptevo.plugin")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "test_nothing.py").write_text(TEST)
        run(folder, *plugin)
        run(folder)
        times = [(run(folder, *plugin), run(folder)) for _ in range(rounds)]
    for at, what in enumerate(("wall time", "processor time")):
        ours, theirs = (
            statistics.median(each[at] for each in column) for column in zip(*times, strict=True)
        )
        print(
            f"{what:14} with {ours:6.1f} ms, without {theirs:6.1f} ms, "
            f"difference {ours - theirs:+.1f} ms (bar {BAR_MS:g} ms)"
        )


if __name__ == "__main__":
    main()
