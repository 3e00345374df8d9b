"""Reward lost by bandits on four arms of quality .80, .85, .83 and .78."""

from __future__ import annotations

import math
import random
import sys
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING

from tabulate import tabulate

from pytest_promptevo.rollout import Outcome, RolloutSettings, advance, begin

from .figures import average, bar
from .libraries import BANDITS, Own, regret_of
from .twin import (
    GAPS,
    Bandit,
    beta_draws,
    greedy_draws,
    normal_draws,
    simulate,
    uniform_draws,
)
from .worlds import QUALITIES, SCALE, graded, right_or_wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

SEED = 90_000
"""The seed of the figures; constants were chosen on seeds below 1,000."""

MARKS = (1_000, 5_000, 20_000)
HALF_LIFE = RolloutSettings().half_life
EVERY = 200
"""Requests for which shares stay."""

CLASSIC = "fractional Beta, no fading"
NORMAL = "normal-inverse-gamma, no fading"
FADING = "normal-inverse-gamma, default half-life"
SHARED = "normal-inverse-gamma, shares every 200 requests"
ADVANCE = "`advance`, no fading, shares every 200 requests"
ADVANCE_FADING = "`advance`, default half-life, shares every 200 requests"

TWINS = {
    "uniform": Bandit(uniform_draws),
    "epsilon-greedy, 0.1": Bandit(greedy_draws),
    "Beta by coin": Bandit(beta_draws, tosses=True),
    CLASSIC: Bandit(beta_draws),
    NORMAL: Bandit(normal_draws),
    FADING: Bandit(normal_draws, half_life=HALF_LIFE),
    SHARED: Bandit(normal_draws, every=EVERY),
}
REAL = {ADVANCE: math.inf, ADVANCE_FADING: HALF_LIFE}
PART = 250
"""Runs that are simulated side by side."""

HEADERS = ["bandit", *(f"after {mark:,}" for mark in MARKS), "best arm", "runs", "bar"]


def regret_tables(runs: int, executor: Executor) -> str:
    """Returns the regret of all bandits in both worlds."""
    told = []
    for name, reward_of in (("right or wrong", right_or_wrong), ("graded", graded)):
        found = {}
        for label, bandit in TWINS.items():
            found[label] = _twin(bandit, reward_of, runs, executor)
            _say(name, label, found[label][0])
        for label, half_life in REAL.items() if reward_of is right_or_wrong else ():
            found[label] = _real(half_life, max(runs // 20, 2), executor)
            _say(name, label, found[label][0])
        bars = _bars({label: fmean(at[-1]) for label, (at, _) in found.items()})
        rows = [
            [label, *map(average, at), f"{best:.1%}", len(at[0]), bars.get(label, "")]
            for label, (at, best) in found.items()
        ]
        told.append(f"{name}:\n\n{tabulate(rows, HEADERS, tablefmt='github')}")
    return "\n\n".join(told)


def _say(world: str, label: str, at: Sequence[Sequence[float]]) -> None:
    print(world, label, *map(average, at), sep=" | ", file=sys.stderr, flush=True)


def bandit_rows(runs: int, executor: Executor) -> list[list[str]]:
    """Returns name, regret after 1,000 requests and time a step of the package and libraries."""
    rows = []
    for bandit in BANDITS:
        work = partial(regret_of, bandit, right_or_wrong, MARKS[0])
        size = runs if bandit is Own else max(runs // 100, 2)
        done = list(executor.map(work, range(SEED, SEED + size)))
        times = average([microseconds for _, microseconds in done])
        rows.append([bandit.name, average([lost for lost, _ in done]), times])
    return rows


def by_advance(
    half_life: float, seed: int, marks: Sequence[int] = MARKS
) -> tuple[list[float], float]:
    """Returns the regret at all marks and the share of the best arm, by the real controller.

    The rollout has one stage and no share for the control, so that all four arms compete.
    """
    rng = random.Random(seed)
    settings = RolloutSettings(stages=(1.0,), control=0.0, half_life=half_life)
    names = [f"arm {index}" for index in range(len(QUALITIES))]
    step = begin(settings, names[0], names[1:], {}, version=1)
    progress, present = step.progress, step.allocation
    allocations = {1: present}
    lost, best, at = 0.0, 0, []
    for sent in range(EVERY, marks[-1] + 1, EVERY):
        outcomes = []
        for _ in range(EVERY):
            name = present.arm_for(rng.random())
            index = names.index(name)
            is_right = rng.random() < QUALITIES[index]
            reward = SCALE * is_right + (1 - SCALE) * rng.betavariate(8, 2)
            outcomes.append(Outcome(name, present.version, reward))
            lost += float(GAPS[index])
            best += GAPS[index] == 0
        step = advance(settings, progress, outcomes, allocations)
        progress, present = step.progress, step.allocation or present
        allocations[present.version] = present
        if sent in marks:
            at.append(lost)
    return at, best / marks[-1]


def _twin(
    bandit: Bandit, reward_of: Callable[..., object], runs: int, executor: Executor
) -> tuple[list[list[float]], float]:
    parts = [min(PART, runs - first) for first in range(0, runs, PART)]
    seeds = range(SEED, SEED + len(parts))
    work = partial(simulate, bandit, reward_of, marks=MARKS)
    done = [executor.submit(work, size, seed=seed) for size, seed in zip(parts, seeds, strict=True)]
    books = [each.result() for each in done]
    at = [[float(lost) for book in books for lost in book.at[mark]] for mark in MARKS]
    best = sum(float(book.best.sum()) for book in books) / (runs * MARKS[-1])
    return at, best


def _real(half_life: float, runs: int, executor: Executor) -> tuple[list[list[float]], float]:
    done = list(executor.map(partial(by_advance, half_life), range(SEED, SEED + runs)))
    at = [list(lost) for lost in zip(*(marks for marks, _ in done), strict=True)]
    return at, fmean(best for _, best in done)


def _bars(found: dict[str, float]) -> dict[str, str]:
    bars: dict[str, Sequence[str]] = {
        NORMAL: [
            bar(found[NORMAL] <= 80, "<= 80"),
            bar(
                found[NORMAL] <= 0.8 * found[CLASSIC],
                f"<= 0.8 x Beta ({found[NORMAL] / found[CLASSIC]:.2f})",
            ),
        ],
        FADING: [bar(found[FADING] <= 100, "<= 100")],
        SHARED: [
            bar(
                found[SHARED] <= 1.05 * found[NORMAL],
                f"<= 5 % above ({found[SHARED] / found[NORMAL] - 1:+.1%})",
            )
        ],
    }
    if ADVANCE in found:
        bars[ADVANCE] = [bar(found[ADVANCE] <= 80, "<= 80")]
        bars[ADVANCE_FADING] = [bar(found[ADVANCE_FADING] <= 100, "<= 100")]
    return {label: ", ".join(words) for label, words in bars.items()}
