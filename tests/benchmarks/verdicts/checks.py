"""What is checked, and the bars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from tabulate import tabulate

from .against_lock import EXAMPLES, REPEATS, drops_found, false_alarms
from .power import FLIPS, needed, power
from .report import bias, count, share
from .searches import EQUAL, FLIPPING, ONE_BETTER, SHARED, SHIPPED, Scene, searched

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from .report import Row

WRONG = 0.05
FALSE_ALARMS = 0.01
FOUND = 0.8
POINTS = 1.0
DROPS = (0.02, 0.05, 0.1, 0.15, 0.2)

NULL = (
    Scene("all equal", EQUAL, 80),
    Scene("all equal, temperature 0.7", EQUAL, 80, temperature=0.7),
    # At full speed an answer takes 0.13 s and more: no state of the machine passes in truth.
    Scene("all equal, speed drifts", EQUAL, 80, threshold=SHIPPED, drifts=True),
)
BETTER = tuple(
    Scene(f"+15 points, {kind}, {examples} examples", ONE_BETTER, examples, shared=shared)
    for examples in (72, 200)
    for kind, shared in (("independent", 0.0), (f"{100 * FLIPPING:g} % flip", SHARED))
)

DRAWN_ANEW = Scene("+15 points, temperature 0.7, 200 examples", ONE_BETTER, 200, temperature=0.7)


def null_rows(searches: int, _runs: int, executor: Executor | None) -> list[Row]:
    """Searches among genomes that are all as good as the shipped one."""
    rows = []
    for scene in NULL:
        found = searched(scene, searches, executor)
        n = len(found)
        accepted = sum(each.accepted for each in found)
        rows.append(share(f"{scene.name}: accepted", accepted, n, most=_by_luck(WRONG, n)))
        green = sum(each.green for each in found)
        rows.append(share(f"{scene.name}: gate turned green", green, n, most=WRONG))
    return rows


def _by_luck(wrong: float, n: int) -> float:
    """Returns the most that is seen of a share by luck: two standard errors more."""
    return wrong + 2 * math.sqrt(wrong * (1 - wrong) / n)


def better_rows(searches: int, _runs: int, executor: Executor | None) -> list[Row]:
    """Searches among genomes one of which is better."""
    rows = []
    for scene in (*BETTER, DRAWN_ANEW):
        found = searched(scene, searches, executor)
        n = len(found)
        accepted = [each for each in found if each.accepted]
        # 72 examples cannot show as much: there the figures are only told.
        least, most = (FOUND, POINTS) if scene.examples >= EXAMPLES else (None, None)
        worse = sum(each.after < each.before for each in found)
        best = sum(each.candidate == max(scene.truth) for each in found)
        unseen = [each.held_out - each.candidate for each in found]
        told = [each.figure - each.after for each in accepted]
        rows += [
            share(f"{scene.name}: accepted", len(accepted), n, least=least),
            count(f"{scene.name}: accepted and worse in truth", worse, n),
            share(f"{scene.name}: the search found the better genome", best, n),
            bias(f"{scene.name}: figure of its gate − truth, accepted ones", told, most),
            bias(f"{scene.name}: held-out quality − truth, all that were found", unseen, most),
        ]
    # The last scene's locks hold answers that were drawn: drawn anew, they are no worse.
    falls, n = sum(each.falls_anew for each in accepted), len(accepted)
    if n:
        what = f"{DRAWN_ANEW.name}: accepted, drawn anew and worse than its lock"
        rows.append(share(what, falls, n, most=_by_luck(FALSE_ALARMS, n)))
    return rows


def ci_rows(_searches: int, runs: int, _executor: Executor | None) -> list[Row]:
    """CI runs that draw anew and change nothing."""
    suite, example = false_alarms(runs, np.random.default_rng(0))
    what = f"no change, temperature 0.7, {EXAMPLES} examples, {REPEATS} draws"
    return [
        share(f"{what}: [fitness] fails", suite, runs, most=FALSE_ALARMS),
        share(f"{what}: the test of an example fails", example, runs, most=FALSE_ALARMS),
    ]


def power_rows(_searches: int, runs: int, _executor: Executor | None) -> list[Row]:
    """Drops that the comparison with the lock must find."""
    rng, rows, runs = np.random.default_rng(0), [], max(1, runs // 5)
    for drop, examples in ((0.1, 200), (0.05, 800)):
        what = f"{100 * drop:.0f} points lost on {examples}, {100 * FLIPS:.0f} % flip"
        hits = drops_found(drop, examples, runs, rng)
        exact = 100 * power(drop, examples)
        rows.append(share(f"{what}: found (computed: {exact:.1f} %)", hits, runs, least=FOUND))
    return rows


def needed_table() -> str:
    """Returns how many examples it takes to find a drop, as Markdown."""
    rows = [
        [f"{100 * drop:.0f} points", f"{needed(drop, 0.8):,}", f"{needed(drop, 0.95):,}"]
        for drop in DROPS
    ]
    head = ["drop", "examples to find it in 80 %", "in 95 %"]
    return tabulate(rows, head, "github", disable_numparse=True)


CHECKS: dict[str, Callable[[int, int, Executor | None], list[Row]]] = {
    "null": null_rows,
    "better": better_rows,
    "ci": ci_rows,
    "power": power_rows,
}
