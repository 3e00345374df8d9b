"""The benchmark's own books: its twins against the package, its rivals, its tables."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from pytest_promptevo.rollout import Beta, Normal, Prior
from pytest_promptevo.rollout.weights import chances_of

from . import figures, rivals
from .guard_twin import Twin, roll_out_many
from .libraries import BANDITS, BayesianBandits, MabWiser, Own, regret_of
from .regret import by_advance
from .rollouts import roll_out
from .twin import (
    Bandit,
    Sums,
    beta_draws,
    normal_draws,
    normal_parameters,
    shares_of,
    simulate,
    uniform_draws,
)
from .worlds import EQUAL, QUALITIES, WORSE_10, WORSE_20, World, graded, right_or_wrong


@pytest.mark.parametrize("quality", [0.5, 0.7, 0.8, 0.9])
def test_the_guard_s_twin_makes_the_same_runs_as_the_package(quality: float) -> None:
    world = World("any", 0.8, (quality,), 1_600, falls=((200, 400),))
    sources = [random.Random(seed) for seed in range(6)]
    twin = Twin(world, 6, lambda at: np.array([sources[index].random() for index in at])).run()
    ended = 0
    for seed, run in enumerate(twin):
        real = roll_out(world, seed)
        assert run.reached == real.reached
        if run.reached is None:
            assert (run.dropped, run.exposed) == (real.dropped, real.exposed)
        ended += run.dropped or run.reached is not None
    assert ended >= 2 or quality == 0.8


def test_the_bandit_s_twin_believes_what_the_package_believes() -> None:
    rng = np.random.default_rng(3)
    sums = Sums.none(1)
    for index in range(200):
        sums.add(np.array([index % 3]), rng.random(1), kept=0.999)  # the last arm stays unknown
    mean, count, shape, scale = normal_parameters(sums, Prior())
    for arm in range(4):
        own = (float(each[0, arm]) for each in (sums.n, sums.total, sums.squares))
        real = Normal(Prior(), *own)
        found = [float(each[0, arm]) for each in (mean, count, shape, scale)]
        assert found == pytest.approx([real.mean, real.count, real.shape, real.scale])


@pytest.mark.parametrize("kind", ["normal", "beta"])
def test_the_bandit_s_twin_gives_the_package_s_shares(kind: str) -> None:
    rng = np.random.default_rng(3)
    sums = Sums.none(1)
    for _ in range(200):
        arm = rng.integers(0, 4, 1)
        sums.add(arm, right_or_wrong(rng, np.array(QUALITIES)[arm]))
    draws = (normal_draws if kind == "normal" else beta_draws)(sums, rng, 4_000)
    posteriors = {}
    for arm in range(4):
        n, total, squares = (float(each[0, arm]) for each in (sums.n, sums.total, sums.squares))
        real = (
            Normal(Prior(), n, total, squares)
            if kind == "normal"
            else Beta(Prior(count=2), n, total)
        )
        posteriors[str(arm)] = real
    shares = chances_of(posteriors, "0", random.Random(4)).of_all
    assert list(shares_of(draws)[0]) == pytest.approx(list(shares.values()), abs=0.05)


def test_worlds_are_as_good_as_they_say() -> None:
    rng = np.random.default_rng(2)
    for reward_of in (right_or_wrong, graded):
        rewards = reward_of(rng, np.full(20_000, 0.8))
        assert rewards.mean() == pytest.approx(0.8, abs=0.01)
        assert rewards.min() >= 0
        assert rewards.max() <= 1
    assert EQUAL.quality(-1, 500) == 0.8
    assert replace(EQUAL, falls=((300, 700),)).quality(0, 500) == pytest.approx(0.4)


def test_uniform_choice_loses_what_the_gaps_say() -> None:
    books = simulate(Bandit(uniform_draws), right_or_wrong, 20, (100, 500), seed=1)
    assert books.at[100].mean() == pytest.approx(2.8, rel=0.15)
    assert books.at[500].mean() == pytest.approx(14, rel=0.1)


def test_the_real_controller_loses_less_than_uniform_choice() -> None:
    done = [by_advance(10_000, seed, marks=(1_000, 2_000)) for seed in range(3)]
    assert all(0 < early < late for (early, late), _ in done)
    assert sum(late for (_, late), _ in done) / 3 < 45  # uniform choice loses 56
    assert sum(best for _, best in done) / 3 > 0.3


def test_rivals_stop_what_is_far_worse() -> None:
    for name, make in rivals.RIVALS.items():
        run = rivals.roll_out(make(), WORSE_20, seed=2)
        assert run.dropped, name
        assert run.exposed < 1_500, name


@pytest.mark.parametrize("bandit", BANDITS)
def test_bandits_choose_and_learn(bandit: type[Own | MabWiser | BayesianBandits]) -> None:
    if bandit is not Own:
        pytest.importorskip(bandit.__name__.lower())
    lost, microseconds = regret_of(bandit, right_or_wrong, 20, seed=1)
    assert 0 <= lost <= 20 * 0.8 * 0.07
    assert microseconds > 0


def test_many_runs_find_the_worse_candidate() -> None:
    runs = roll_out_many(WORSE_10, 40, seed=1)
    assert sum(run.dropped for run in runs) >= 38


def test_figures_have_intervals() -> None:
    assert figures.share([True] * 5 + [False] * 95) == "5.0 % [2.2, 11.2]"
    assert figures.middle([5] * 50 + [9] * 51) == "9 [5, 9]"
    assert figures.middle([math.inf] * 99 + [9]) == "never"
    assert figures.average([1.0, 2.0, 3.0]).startswith("2.0 [")
    assert "missed" in figures.bar(False, "<= 5")
