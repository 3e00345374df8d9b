from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import confirm, split
from pytest_promptevo.evolve.confirmation import sign_flip_p
from pytest_promptevo.fitness import Objectives, Score, wilson_interval

QUALITY = Objectives(weights={"quality": 1.0})


def scores(values):
    return [Score(float(value)) for value in values]


@given(st.integers(0, 300), st.integers(0, 9))
def test_split_keeps_every_example_once_and_in_order(n, seed):
    parts = split(range(n), seed)
    assert sorted(parts.search + parts.confirm) == list(range(n))
    assert list(parts.search) == sorted(parts.search)
    assert list(parts.confirm) == sorted(parts.confirm)
    assert len(parts.confirm) == (round(0.5 * n) if n >= 16 else 0)
    assert parts == split(range(n), seed)


@pytest.mark.parametrize(
    ("n", "calls", "searched"),
    [(100, None, 50), (100, 1000, 50), (100, 600, 30), (100, 100, 24), (16, 10, 8), (15, 10, 15)],
)
def test_a_small_budget_searches_on_fewer_examples(n, calls, searched):
    parts = split(range(n), 1, calls=calls)
    assert len(parts.search) == searched
    assert sorted(parts.search + parts.confirm) == list(range(n))


@pytest.mark.parametrize(
    ("examples", "rng", "told"),
    [
        (3, 1, "examples must be a list, not an int"),
        ("text", 1, "examples must be a list, not a str"),
        (range(70), -1, "rng must be a whole number"),
        (range(70), "seed", "rng must be a whole number"),
    ],
)
def test_what_cannot_be_split_is_told(examples, rng, told):
    with pytest.raises(SettingsError, match=told):
        split(examples, rng)


@given(st.lists(st.integers(0, 40), min_size=16, max_size=120), st.integers(0, 9))
def test_split_tears_no_group_apart(groups, seed):
    parts = split(range(len(groups)), seed, groups=groups)
    assert sorted(parts.search + parts.confirm) == list(range(len(groups)))
    assert not {groups[index] for index in parts.search} & {groups[i] for i in parts.confirm}
    assert len(parts.confirm) <= round(0.5 * len(groups))


@pytest.mark.parametrize("calls", [None, 600])
def test_groups_of_one_change_nothing(calls):
    alone = split(range(100), 3, calls=calls, groups=range(100))
    assert alone == split(range(100), 3, calls=calls)


def test_small_groups_fill_the_half_that_is_held_out():
    parts = split(range(200), 1, groups=[index // 4 for index in range(200)])
    assert len(parts.confirm) == 100


def test_a_group_for_each_example_is_needed():
    with pytest.raises(SettingsError, match="groups must name the group of each of 20 examples"):
        split(range(20), 1, groups=[1, 2])


def test_split_depends_on_the_seed():
    assert split(range(100), 1) != split(range(100), 2)


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=9))
def test_p_value_is_exact_for_few_pairs(values):
    sums = [
        sum(sign * abs(value) for sign, value in zip(signs, values, strict=True))
        for signs in itertools.product((-1, 1), repeat=len(values))
    ]
    better = np.mean([each >= sum(values) - 1e-9 for each in sums])
    worse = np.mean([each <= sum(values) + 1e-9 for each in sums])
    found = sign_flip_p(np.array(values), np.random.default_rng(0))
    assert found == pytest.approx((better, worse))
    same = np.mean([abs(each - sum(values)) <= 1e-9 for each in sums])
    half = same / 2 if sum(value != 0 for value in values) >= 5 else 0
    found = sign_flip_p(np.array(values), np.random.default_rng(0), is_mid=True)
    assert found == pytest.approx((better - half, worse - half))


def test_p_value_by_draws_agrees_with_the_exact_one():
    values = np.array([1.0] * 13 + [-1.0] * 5)
    better = sum(math.comb(18, k) for k in range(13, 19)) / 2**18
    worse = sum(math.comb(18, k) for k in range(14)) / 2**18
    found = sign_flip_p(values, np.random.default_rng(0))
    assert found == pytest.approx((better, worse), abs=0.01)
    half = math.comb(18, 13) / 2**18 / 2
    found = sign_flip_p(values, np.random.default_rng(0), is_mid=True)
    assert found == pytest.approx((better - half, worse - half), abs=0.01)


def test_verdicts():
    better = confirm(scores([0] * 20), scores([1] * 12 + [0] * 8), QUALITY, 1)
    assert better.verdict == "confirmed"
    assert better.difference.mean == pytest.approx(0.6)
    assert better.difference.low > 0
    assert better.n == 20
    assert confirm(scores([1] * 12 + [0] * 8), scores([0] * 20), QUALITY, 1).verdict == "worse"
    same = confirm(scores([0, 1] * 10), scores([0, 1] * 10), QUALITY, 1)
    assert (same.verdict, same.p_value) == ("inconclusive", 1.0)
    assert same.detectable is not None
    assert same.detectable > 0


def test_detectable_effect_shrinks_with_more_examples():
    found = [
        confirm(scores([0, 1] * n), scores([1, 0] * n), QUALITY, 1).detectable for n in (5, 50)
    ]
    assert found[0] > 2 * found[1]


def test_four_pairs_can_show_nothing():
    assert confirm(scores([0] * 4), scores([1] * 4), QUALITY, 1).detectable is None
    assert confirm(scores([0] * 5), scores([1] * 5), QUALITY, 1).verdict == "confirmed"


def test_six_of_seven_pairs_that_differ_are_enough_and_four_of_four_are_not():
    """The exact test would have called six of seven chance, which it is in 6.25 % of cases."""
    few = confirm(scores([0] * 7), scores([1] * 6 + [-1]), QUALITY, 1)
    assert (few.verdict, few.p_value) == ("confirmed", pytest.approx((1 + 7 / 2) / 2**7))
    four = confirm(scores([0] * 20), scores([1] * 4 + [0] * 16), QUALITY, 1)
    assert (four.verdict, four.p_value) == ("inconclusive", 1 / 16)


def test_detectable_effect_is_found_four_times_in_five():
    rng = np.random.default_rng(7)
    n, found, runs = 60, 0, 300
    effect = confirm(scores(np.zeros(n)), scores(rng.normal(0, 0.2, n)), QUALITY, 1).detectable
    for _ in range(runs):
        new = rng.normal(effect, 0.2, n)
        found += confirm(scores(np.zeros(n)), scores(new), QUALITY, rng).verdict == "confirmed"
    assert 0.68 < found / runs < 0.92


def test_equally_good_genomes_are_seldom_called_different():
    rng = np.random.default_rng(11)
    runs, called = 2000, 0
    for _ in range(runs):
        ease = rng.beta(1, 1, 24)
        old, new = (scores(rng.random(24) < ease) for _ in range(2))
        called += confirm(old, new, QUALITY, rng).verdict == "confirmed"
    assert wilson_interval(called, runs).low <= 0.05, called / runs


@pytest.mark.parametrize(("old", "new"), [([], []), ([1], [1, 0])])
def test_pairs_are_needed(old, new):
    with pytest.raises(ValueError, match="make no pairs"):
        confirm(scores(old), scores(new), QUALITY, 1)


def test_same_seed_same_answer():
    rng = np.random.default_rng(1)
    old, new = scores(rng.random(40)), scores(rng.random(40))
    assert confirm(old, new, QUALITY, 4) == confirm(old, new, QUALITY, 4)
