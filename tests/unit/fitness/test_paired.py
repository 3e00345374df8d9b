from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.fitness import compare
from pytest_promptevo.fitness.paired import ALPHA, fall_p

if TYPE_CHECKING:
    from collections.abc import Sequence


def binomial_mid_p(fell: int, rose: int) -> float:
    """Returns McNemar's one-sided mid-p: at most `rose` of all that moved go up, half of `=`."""
    moved = fell + rose
    below = sum(math.comb(moved, count) for count in range(rose))
    return (below + math.comb(moved, rose) / 2) / 2**moved


def mid_p_of_all_signs(differences: Sequence[float]) -> float:
    seen, less, same = sum(differences), 0, 0
    for signs in itertools.product((-1, 1), repeat=len(differences)):
        drawn = sum(
            sign * abs(difference) for sign, difference in zip(signs, differences, strict=True)
        )
        same += abs(drawn - seen) < 1e-4
        less += drawn < seen - 1e-4
    return (less + same / 2) / 2 ** len(differences)


@pytest.mark.parametrize(
    ("fell", "rose"), [(1, 0), (2, 1), (5, 0), (6, 0), (7, 1), (10, 2), (40, 20), (300, 250)]
)
def test_binary_qualities_are_judged_by_mcnemars_mid_p(fell: int, rose: int) -> None:
    differences = [-1.0] * fell + [1.0] * rose + [0.0] * 17
    assert fall_p(differences) == pytest.approx(binomial_mid_p(fell, rose), rel=1e-9)


@pytest.mark.parametrize("fall", [2e-6, 5e-6, 1e-5, 1.1e-5])
def test_falls_of_a_few_millionths_are_judged_as_others(fall: float) -> None:
    assert fall_p([-fall] * 6) == pytest.approx(2**-7)
    assert fall_p([-fall] * 6 + [0.5]) == 1.0


@pytest.mark.parametrize("differences", [[], [0.0] * 9, [1.0], [-1.0, 1.0], [-0.4, 0.2, 0.2]])
def test_what_did_not_fall_on_the_whole_is_no_fall(differences: list[float]) -> None:
    assert fall_p(differences) == 1.0


@pytest.mark.parametrize(
    "differences",
    [
        [-0.5, -0.25, -0.75, 0.25, -0.5, -0.5],
        [-0.1, -0.15, 0.25, -0.2, -0.35, -0.3, 0.05, -0.25],
        [-1 / 3, -2 / 3, 1 / 3, -1.0, -1 / 3, -2 / 3],
        [1 / 6, 1 / 6, -1 / 3, -1 / 4, 1 / 4, -1 / 3, 1 / 2, -1 / 3],
        [-0.7, -0.7, -0.3, 0.4, -0.4, 0.3, -0.7],
    ],
)
def test_parts_of_a_quality_are_judged_as_all_signs_would(differences: list[float]) -> None:
    assert fall_p(differences) == pytest.approx(mid_p_of_all_signs(differences), rel=1e-9)


def test_sizes_without_a_common_part_are_judged_nearly_so() -> None:
    differences = [-math.sqrt(size) / 4 for size in (2, 3, 5, 7, 11)] + [
        math.sqrt(size) / 4 for size in (6, 10)
    ]
    assert fall_p(differences) == pytest.approx(mid_p_of_all_signs(differences), abs=2**-8)


@pytest.mark.parametrize("thirds", [[-2, 1, 1, 1, -2], [-1, -2, 1, -3, -1, 1, -1, -2]])
def test_what_the_lock_rounds_moves_no_p_value(thirds: list[int]) -> None:
    before = [round(2 / 3 if third == -2 else 1 / 3 if third > -3 else 1.0, 6) for third in thirds]
    now = [(2 if third == -2 else 1 if third > -3 else 3) / 3 + third / 3 for third in thirds]
    differences = [new - old for old, new in zip(before, now, strict=True)]
    assert fall_p(differences) == pytest.approx(mid_p_of_all_signs(thirds), rel=1e-9)


def test_what_the_lock_rounds_is_no_fall() -> None:
    before = {"a": round(2 / 3, 6), "b": round(1 / 3, 6)}
    paired = compare(before, {"a": 2 / 3, "b": 1 / 3})
    assert (paired.p_value, paired.fell, paired.is_worse) == (1.0, (), False)


def test_scales_do_not_matter() -> None:
    differences = [-0.5, -1.0, 0.5, -1.0, -0.5]
    small = [difference / 100 for difference in differences]
    assert fall_p(small) == pytest.approx(fall_p(differences), rel=1e-9)


def test_a_single_example_proves_nothing() -> None:
    paired = compare({"a": 1.0}, {"a": 0.0})
    assert (paired.p_value, paired.is_worse) == (0.25, False)
    assert (paired.difference.mean, paired.difference.low, paired.difference.n) == (-1, -1, 1)


@pytest.mark.parametrize(("fell", "is_worse"), [(5, False), (6, True)])
def test_six_of_six_are_the_fewest_that_prove_a_fall(fell: int, is_worse: bool) -> None:
    before = {f"e{index}": 1.0 for index in range(60)}
    paired = compare(before, before | {f"e{index}": 0.0 for index in range(fell)})
    assert paired.p_value == pytest.approx(2.0 ** -(fell + 1))
    assert paired.is_worse is is_worse
    assert (paired.p_value <= ALPHA) is is_worse


def test_examples_that_fell_stand_worst_first() -> None:
    before = {"a": 1.0, "b": 0.75, "c": 0.5, "d": 1.0, "e": 0.25}
    now = {"a": 0.5, "b": 0.0, "c": 0.5, "d": 0.5, "e": 1.0}
    fell = compare(before, now).fell
    assert [(fall.example, fall.before, fall.now) for fall in fell] == [
        ("b", 0.75, 0.0),
        ("a", 1.0, 0.5),
        ("d", 1.0, 0.5),
    ]


def test_only_examples_of_both_sides_count() -> None:
    paired = compare({"a": 1.0, "gone": 1.0}, {"a": 0.5, "new": 0.0})
    assert (paired.difference.mean, paired.difference.n) == (-0.5, 1)
    assert [fall.example for fall in paired.fell] == ["a"]


def test_no_common_example_is_an_error() -> None:
    with pytest.raises(ValueError, match="no example stands on both sides"):
        compare({"a": 1.0}, {"b": 1.0})


def test_the_interval_leaves_out_what_is_impossible() -> None:
    difference = compare({"a": 1.0, "b": 1.0}, {"a": 0.0, "b": 0.1}).difference
    assert (difference.low, difference.high) == (-1.0, pytest.approx(-0.95 + 0.05 * 12.7062, 1e-4))
