"""What is believed about mean rewards, against the textbook and by simulation."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.rollout import Beta, Normal, Prior, Tally, posterior_of
from pytest_promptevo.rollout.posterior import EAGER, VARIANCE

rewards = st.lists(st.floats(0, 1), max_size=40)


def sums(values: list[float]) -> tuple[float, float, float]:
    return len(values), math.fsum(values), math.fsum(value * value for value in values)


@given(st.lists(st.integers(0, 1024).map(lambda part: part / 1024), max_size=200))
def test_alpha_grows_by_the_reward_and_beta_by_the_rest_exactly(values: list[float]) -> None:
    tally = Tally()
    for at, value in enumerate(values, 1):
        tally = tally.add(value, at, math.inf)
    found = posterior_of("beta", Prior(0.5, 2), tally.faded(len(values), math.inf))
    assert isinstance(found, Beta)
    total = sum((Fraction(value) for value in values), Fraction())
    assert Fraction(found.alpha) == 1 + total
    assert Fraction(found.beta) == 1 + len(values) - total


@given(rewards, st.floats(0, 1), st.floats(0.1, 20))
def test_the_normal_posterior_on_sums_is_that_of_one_outcome_after_the_other(
    values: list[float], mean: float, count: float
) -> None:
    shape, scale, centre, weight = 1.0, VARIANCE, mean, count
    for value in values:
        scale += weight * (value - centre) ** 2 / (2 * (weight + 1))
        centre = (weight * centre + value) / (weight + 1)
        weight += 1
        shape += 0.5
    found = Normal(Prior(mean, count), *sums(values))
    assert found.mean == pytest.approx(centre, abs=1e-9)
    assert found.count == pytest.approx(weight)
    assert found.shape == pytest.approx(shape)
    assert found.scale == pytest.approx(scale, abs=1e-9)


@pytest.mark.parametrize("kind", ["normal", "beta"])
def test_draws_are_around_the_mean_and_as_wide_as_said(kind: str) -> None:
    values = [0.9, 0.7, 0.8, 1.0, 0.6] * 20
    posterior = posterior_of(kind, Prior(), sums(values))  # type: ignore[arg-type]
    rng = random.Random(5)
    drawn = [posterior.draw(rng) for _ in range(4_000)]
    assert fmean(drawn) == pytest.approx(0.8, abs=0.01)
    if isinstance(posterior, Normal):
        width = EAGER * math.sqrt(posterior.scale / posterior.shape / posterior.count)
        assert pstdev(drawn) == pytest.approx(width, rel=0.1)
    else:
        assert pstdev(drawn) == pytest.approx(math.sqrt(0.8 * 0.2 / 102), rel=0.1)


def test_even_rewards_of_zero_and_one_can_be_drawn_from() -> None:
    rng = random.Random(1)
    for value in (0.0, 1.0):
        for kind in ("normal", "beta"):
            posterior = posterior_of(kind, Prior(value, 1), sums([value] * 500))  # type: ignore[arg-type]
            assert posterior.draw(rng) == pytest.approx(value, abs=0.05)


@given(rewards, st.floats(1, 50))
def test_fading_sums_weigh_each_outcome_by_its_age(values: list[float], half_life: float) -> None:
    tally = Tally()
    for at, value in enumerate(values, 1):
        tally = tally.add(value, at, half_life)
    now = len(values) + 7
    kept = [0.5 ** ((now - at) / half_life) for at in range(1, len(values) + 1)]
    n, total, squares = tally.faded(now, half_life)
    assert n == pytest.approx(sum(kept), abs=1e-12)
    weighted = [weight * value for weight, value in zip(kept, values, strict=True)]
    assert total == pytest.approx(sum(weighted), abs=1e-9)
    again = [each * value for each, value in zip(weighted, values, strict=True)]
    assert squares == pytest.approx(sum(again), abs=1e-9)
    assert (tally.n, tally.total) == pytest.approx((len(values), sum(values)))


def test_a_mean_of_nothing_is_none() -> None:
    assert Tally().mean is None
    assert Tally().add(0.5, 1, 10).mean == 0.5
