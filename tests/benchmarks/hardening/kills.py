"""What `kill -9` leaves: writers of locks and recordings that die at random moments.

    python -m tests.benchmarks.hardening.kills [--kills N] [--seed N]

Each kill: a project whose lock, recordings and store are whole is edited, and the process that
accepts the edit dies, half of the time whenever it may be, half of the time at a chosen point of
its writing (`writer.POINTS`). Then the same command runs to its end.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from .scene import IN_FLIGHT, Scene
from .writer import POINTS

ANY_MOMENT = "any moment"


@dataclass(frozen=True)
class Kill:
    """What one kill left.

    Attributes:
        point: Where the process died.
        died: Whether it did, and had not ended before.
        torn: What was not whole of lock, recordings and store.
        apart: Whether it died between the recordings of a suite and its entry.
        paid_twice: Calls that were made twice, the second time by the run after it.
        mended: Whether lock and recordings are, after the run after it, byte by byte what an
            undisturbed run writes.
        left: Scratch files that are left after the run after it.
        wait_s: The longest wait of the run after it, for turns or answers.
    """

    point: str
    died: bool
    torn: tuple[str, ...]
    apart: bool
    paid_twice: int
    mended: bool
    left: tuple[str, ...]
    wait_s: float

    @property
    def holds(self) -> bool:
        """Whether all is as it must be."""
        return not self.torn and self.mended and not self.left and self.paid_twice <= IN_FLIGHT


class Killer:
    """Kills processes that accept an edit of a scene.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.scene = Scene(folder)
        self._wording = "A"
        self.whole: dict[str, dict[str, bytes]] = {}
        self.counts: dict[str, int] = {}
        self.seconds = 0.0
        for wording in "ABAB":  # an entry may tell what it replaces
            self._edit(wording)
            start = time.monotonic()
            self.counts = self.scene.accept()["points"]
            self.seconds = time.monotonic() - start
            self.whole[wording] = self.scene.files()

    def kill(self, point: str, number: int = 0, after_s: float = 0.0) -> Kill:
        """Kills a process at a point, or after some seconds, and runs the command again."""
        self._edit("A" if self._wording == "B" else "B")
        process = self.scene.start("accept", point, number)
        if point == ANY_MOMENT:
            time.sleep(after_s)
            process.kill()
        process.communicate(timeout=120)
        torn, apart = self.scene.torn(), bool(self.scene.apart())
        again = self.scene.accept()
        return Kill(
            point,
            process.returncode == -signal.SIGKILL,
            tuple(torn + self.scene.torn()),
            apart,
            self.scene.paid_twice,
            self.scene.files() == self.whole[self._wording],
            tuple(self.scene.scratch()),
            max(again["longest_wait_s"].values()),
        )

    def claimed_by_the_dead(self) -> list[str]:
        """Returns what the killed still hold after a run that has asked for answers."""
        self.scene.edit("C")
        self.scene.accept()
        return self.scene.claimed()

    def _edit(self, wording: str) -> None:
        self._wording = wording
        self.scene.forget()
        self.scene.edit(wording)


def kills(killer: Killer, count: int, seed: int) -> list[Kill]:
    """Kills many times, at moments and points drawn from a seed; who ended before is no kill."""
    rng = random.Random(seed)
    found = []
    while sum(kill.died for kill in found) < count:
        number = len(found)
        if number % 2:
            found.append(killer.kill(ANY_MOMENT, after_s=rng.uniform(0, killer.seconds)))
        else:
            point = POINTS[number // 2 % len(POINTS)]
            found.append(killer.kill(point, rng.randint(1, killer.counts[point])))
        if not found[-1].holds:
            print(found[-1], file=sys.stderr)
    return found


def table(found: list[Kill]) -> str:
    """Returns a row for each point."""
    rows = []
    for point in (*POINTS, ANY_MOMENT):
        of_point = [kill for kill in found if kill.point == point]
        if of_point:
            rows.append(
                [
                    point,
                    len(of_point),
                    sum(kill.died for kill in of_point),
                    sum(bool(kill.torn) for kill in of_point),
                    sum(kill.apart for kill in of_point),
                    sum(not kill.mended or bool(kill.left) for kill in of_point),
                    max(kill.paid_twice for kill in of_point),
                    f"{max(kill.wait_s for kill in of_point):.2f}",
                ]
            )
    heads = ["died at", "runs", "died", "torn", "between files", "not mended", "paid twice"]
    return tabulate(rows, [*heads, "longest wait [s]"])


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        prog="kills", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        killer = Killer(Path(folder))
        found = kills(killer, options.kills, options.seed)
        claimed = killer.claimed_by_the_dead()
    print(table(found))
    twice = Counter(kill.paid_twice for kill in found)
    print(f"calls paid twice (bar: {IN_FLIGHT} in flight): {dict(sorted(twice.items()))}")
    print(f"claims of the dead after a run that asks: {len(claimed)}")
    if claimed or not all(kill.holds for kill in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
