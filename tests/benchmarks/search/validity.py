"""Error rates of races and of the confirmation test.

    python -m tests.benchmarks.search.validity

Scores are binary. A race's promise is about children that are better by the margin delta;
the confirmation test's is about genomes that are equally good.
"""

from __future__ import annotations

import argparse

import numpy as np

from pytest_promptevo.evolve import confirm
from pytest_promptevo.evolve.racing.race import Guess, Race
from pytest_promptevo.evolve.racing.tuning import Tuning
from pytest_promptevo.fitness import Objectives, Score, wilson_interval

from .report import row

QUALITY = Objectives(weights={"quality": 1.0})
EXAMPLES = 50


def dropped(lead: float, delta: float, runs: int, rng: np.random.Generator) -> int:
    """Returns how many of the children that are better by `lead` lose their race."""
    tuning, lost = Tuning(), 0
    for _ in range(runs):
        mean = rng.choice([0.3, 0.5, 0.7])
        child, rival = _row(rng, mean + lead), _row(rng, mean)
        race = Race(EXAMPLES, [], delta, Guess(0.6), rng)
        while race.left and not race.lost(tuning.alpha):
            race.run(tuning.block, child, rival)
        lost += race.lost(tuning.alpha)
    return lost


def dropped_unlucky(lead: float, delta: float, runs: int, rng: np.random.Generator) -> int:
    """Returns how many children lose that are better by `lead` in the long run.

    Every answer is drawn anew, as at a temperature above 0, so that a child may be better
    in the long run and worse on the answers that its race saw.
    """
    tuning, lost = Tuning(), 0
    for _ in range(runs):
        ease = rng.beta(1, 1, EXAMPLES).clip(0, 1 - lead)
        child, rival = (np.asarray(rng.random(EXAMPLES) < p, float) for p in (ease + lead, ease))
        race = Race(EXAMPLES, [], delta, Guess(0.6), rng)
        while race.left and not race.lost(tuning.alpha):
            race.run(tuning.block, child, rival)
        lost += race.lost(tuning.alpha)
    return lost


def confirmed(runs: int, rng: np.random.Generator) -> tuple[int, int]:
    """Returns how often equally good genomes are called better, and worse."""
    verdicts = []
    for _ in range(runs):
        ease = rng.beta(1, 1, EXAMPLES)
        old, new = ([Score(float(x)) for x in rng.random(EXAMPLES) < ease] for _ in range(2))
        verdicts.append(confirm(old, new, QUALITY, rng).verdict)
    return verdicts.count("confirmed"), verdicts.count("worse")


def _row(rng: np.random.Generator, mean: float) -> np.ndarray:
    values = np.zeros(EXAMPLES)
    values[: round(EXAMPLES * mean)] = 1.0
    return rng.permutation(values)


def _line(what: str, promised: str, hits: int, runs: int) -> str:
    return row([what, promised, str(wilson_interval(hits, runs)), f"{runs:,}"])


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="validity", description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    runs = parser.parse_args(arguments).runs
    rng, tuning = np.random.default_rng(0), Tuning()
    print(row(["error", "promised", "found, with its 95 % interval", "runs"]))
    print(row(["---"] * 4))
    for lead, delta in ((0.0, 0.0), (tuning.delta, tuning.delta), (0.05, 0.0), (0.1, 0.0)):
        hits = dropped(lead, delta, runs, rng)
        what = f"child {100 * lead:.0f} points better, margin {100 * delta:.0f}, dropped"
        print(_line(what, f"≤ {tuning.alpha}", hits, runs))
    for lead, delta in ((tuning.delta, tuning.delta), (0.05, 0.0), (0.1, 0.0)):
        hits = dropped_unlucky(lead, delta, runs, rng)
        what = f"the same in the long run at temperature > 0: {100 * lead:.0f} points, dropped"
        print(_line(what, "nothing", hits, runs))
    better, worse = confirmed(runs, rng)
    print(_line("equally good, called better or worse", "≤ 0.05", better + worse, runs))
    print(_line("equally good, called better", "≤ 0.025", better, runs))


if __name__ == "__main__":
    main()
