from __future__ import annotations

import itertools
import random

import pytest

from pytest_promptevo.fitness import compare
from pytest_promptevo.fitness.drawn import Draws, Stratum, drawn_fall_p
from pytest_promptevo.fitness.paired import ALPHA


def by_all_permutations(strata: list[Stratum]) -> float:
    """The mid-p of the passes of now, over all ways to deal each example's draws to the sides."""
    ways = []
    for (then, now), passed_then, passed_now in strata:
        answers = [1] * (passed_then + passed_now)
        answers += [0] * (then + now - len(answers))
        ways.append([sum(dealt) for dealt in itertools.combinations(answers, now)])
    seen = sum(stratum.passed_now for stratum in strata)
    sums = [sum(dealt) for dealt in itertools.product(*ways)]
    below, same = (sum(test(each) for each in sums) for test in (seen.__gt__, seen.__eq__))
    return (below + same / 2) / len(sums)


@pytest.mark.parametrize(
    "strata",
    [
        [Stratum(Draws(3, 3), 3, 0), Stratum(Draws(3, 3), 3, 0)],
        [Stratum(Draws(3, 3), 3, 1), Stratum(Draws(3, 3), 1, 2), Stratum(Draws(3, 3), 3, 3)],
        [Stratum(Draws(3, 1), 2, 0), Stratum(Draws(3, 1), 3, 1), Stratum(Draws(1, 2), 1, 1)],
        [Stratum(Draws(2, 2), 0, 0)],
    ],
)
def test_the_draws_are_dealt_in_all_ways(strata: list[Stratum]) -> None:
    assert drawn_fall_p(strata) == pytest.approx(by_all_permutations(strata))


def test_single_draws_are_judged_by_mcnemars_mid_p() -> None:
    strata = [Stratum(Draws(1, 1), 1, 0)] * 7 + [Stratum(Draws(1, 1), 0, 1)] * 2
    before = {f"e{index}": float(each.passed_then) for index, each in enumerate(strata)}
    now = {f"e{index}": float(each.passed_now) for index, each in enumerate(strata)}
    assert drawn_fall_p(strata) == pytest.approx(compare(before, now).p_value)


def test_parts_of_a_quality_count_as_if_less_had_fallen() -> None:
    assert Stratum.of(Draws(3, 3), 0.5, 0.4) == (Draws(3, 3), 1, 2)
    assert Stratum.of(Draws(3, 3), 0.666667, 0.333333) == (Draws(3, 3), 2, 1)


def test_a_few_unchanged_examples_seldom_fail() -> None:
    """5,000 suites of two to twelve examples, drawn three times each, then and now."""
    luck = random.Random(5)
    alarms, suites = 0, 5_000
    for _ in range(suites):
        rates = [luck.choice((0.5, 0.8, 0.95)) for _ in range(luck.randint(2, 12))]
        before, now = (
            {
                f"e{index}": sum(luck.random() < rate for _ in range(3)) / 3
                for index, rate in enumerate(rates)
            }
            for _ in range(2)
        )
        alarms += compare(before, now, dict.fromkeys(now, Draws(3, 3))).is_worse
    assert alarms / suites <= ALPHA
