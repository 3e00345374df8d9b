"""Nights that are killed and started again.

    python -m tests.benchmarks.night.kills --runs 50

Each run makes a project with production's failures, starts a night, kills it (SIGKILL) at random
points, and starts it again until it ends by itself. Half of the kills come at a random time, half
within the moment in which files are written.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))

from night.scene import Scene  # noqa: E402

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

MOST_STARTS = 20
_PAUSE_S = 0.002
"""How long the model takes for an answer."""


@dataclass(frozen=True)
class Run:
    """What came of one run.

    Attributes:
        kills: How often the night was killed.
        writing: How many of these came between the first file that changed and the last.
        twice: Answers that were in the store and asked for again.
        lost: Answers that were on their way when the night was killed, and were asked for again.
        end: ``complete``, ``clean``, or what is wrong.
        genome: Whether the genome is untouched.
    """

    kills: int
    writing: int
    twice: int
    lost: int
    end: str
    genome: bool


def run(template: Path, whole: dict[str, bytes], seconds: float, rng: random.Random) -> Run:
    """Kills one night and starts it again until it is done.

    Args:
        template: A project that a night has not seen.
        whole: Its files after a night that nobody killed.
        seconds: How long that took.
        rng: Source of chance.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(template, Path(folder) / "project")
        scene = Scene(Path(folder) / "project")
        clean, genome = scene.content(), scene.entry.genome
        kills = writing = 0
        most = rng.choice([1, 1, 2])
        stored, twice, lost = scene.stored(), 0, 0
        for _ in range(MOST_STARTS):
            before = len(scene.asked())
            process = scene.start("--budget", "180", pause=_PAUSE_S)
            is_killed = kills < most and _killed(process, _moment(scene, seconds, rng))
            process.communicate()
            twice += sum(call in stored for call in scene.asked()[before:])
            stored = scene.stored()
            if not is_killed:
                break
            kills += 1
            writing += (scene.path / ".promptevo/night/undo.json").exists()
        lost = sum(count - 1 for count in Counter(scene.asked()).values()) - twice
        end = {True: "complete"}.get(scene.content() == whole)
        end = end or ("clean" if scene.content() == clean else f"changed: {scene.changed()}")
        if process.returncode:
            end = f"exit code {process.returncode}"
        return Run(kills, writing, twice, lost, end, scene.entry.genome == genome)


def _moment(scene: Scene, seconds: float, rng: random.Random) -> Callable[[], bool]:
    """Returns what tells that it is time: at random, or shortly after files begin to change."""
    note = scene.path / ".promptevo" / "night" / "undo.json"
    if rng.random() < 0.5:
        end = time.monotonic() + rng.uniform(0, seconds)
        return lambda: time.monotonic() > end
    wait, since = rng.uniform(0, 0.15), [0.0]

    def is_time() -> bool:
        if not since[0] and note.exists():
            since[0] = time.monotonic()
        return bool(since[0]) and time.monotonic() > since[0] + wait

    return is_time


def _killed(process: subprocess.Popen[str], is_time: Callable[[], bool]) -> bool:
    while process.poll() is None:
        if is_time():
            process.send_signal(signal.SIGKILL)
            process.wait()
            return process.returncode == -signal.SIGKILL
        time.sleep(0.001)
    return False


def prepared(folder: Path) -> tuple[Path, dict[str, bytes], float]:
    """Returns a project, its files after a whole night, and how long that takes."""
    template = Scene(folder / "template").make(20)
    template.fail(200, 201)
    whole = folder / "whole"
    shutil.copytree(template.path, whole)
    scene = Scene(whole)
    start = time.monotonic()
    process = scene.start("--budget", "180", pause=_PAUSE_S)
    said, _ = process.communicate()
    if process.returncode or not scene.entry.candidates:
        raise RuntimeError(f"a night that nobody kills must propose candidates:\n{said}")
    return template.path, scene.content(), time.monotonic() - start


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rng, runs = random.Random(options.seed), []
    with tempfile.TemporaryDirectory() as folder:
        template, whole, seconds = prepared(Path(folder))
        print(f"a whole night takes {seconds:.1f} s and changes {len(whole)} files", flush=True)
        for number in range(1, options.runs + 1):
            runs.append(run(template, whole, seconds, rng))
            print(f"{number}: {runs[-1]}", flush=True)
    print(
        f"{len(runs)} nights killed {sum(each.kills for each in runs)} times, "
        f"{sum(each.writing for each in runs)} of them while files changed; "
        f"stored answers asked for again: {sum(each.twice for each in runs)}; "
        f"answers on their way that were lost: {sum(each.lost for each in runs)}; "
        f"ends: {dict(Counter(each.end for each in runs))}; "
        f"genome untouched in {sum(each.genome for each in runs)}"
    )


if __name__ == "__main__":
    main()
