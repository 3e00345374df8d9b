"""The guard compares arms at the same time and is never ruined."""

from __future__ import annotations

import math
import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.rollout import Outcome
from pytest_promptevo.rollout.baseline import SETTLED, Baseline
from pytest_promptevo.rollout.guard import FINE, Contrast, fresh, watch

unit = st.floats(0, 1)
shares = st.floats(0.01, 0.99)


@given(unit, unit, unit, shares)
def test_the_mean_of_a_draw_is_the_difference_of_the_arms(
    candidate: float, control: float, centre: float, share: float
) -> None:
    own = Contrast(share, True).draw(candidate - centre)
    other = Contrast(share, False).draw(control - centre)
    mean = share * own + (1 - share) * other
    assert mean == pytest.approx(candidate - control, abs=1e-9)


@given(unit, unit, shares, st.booleans())
def test_no_draw_is_beyond_its_ends(
    value: float, centre: float, share: float, is_candidate: bool
) -> None:
    contrast = Contrast(share, is_candidate)
    draw = contrast.draw(value - centre)
    assert contrast.lowest(centre) - 1e-9 <= draw <= contrast.highest(centre) + 1e-9


outcomes = st.builds(
    Outcome,
    st.sampled_from(["new", "control"]),
    st.just(1),
    unit,
    st.booleans(),
    st.none() | st.floats(0, 1e5),
    st.none() | st.floats(0, 1e5),
)


@given(st.lists(st.tuples(outcomes, shares), max_size=25), st.floats(0.001, 0.999))
def test_no_outcome_takes_all_wealth(log: list[tuple[Outcome, float]], margin: float) -> None:
    guards, baseline = fresh(), Baseline()
    for outcome, share in log:
        is_candidate = outcome.arm == "new"
        guards = watch(guards, outcome, baseline, margin, Contrast(share, is_candidate))
        if not is_candidate:
            baseline = baseline.add(outcome)
    assert all(evidence.wealth > 0 for evidence in guards.values())
    assert all(wealth >= 0 for evidence in guards.values() for wealth in evidence.bets)


@given(st.lists(outcomes, max_size=20))
def test_latency_and_tokens_that_are_unknown_are_no_evidence(log: list[Outcome]) -> None:
    guards, baseline = fresh(), Baseline()
    for each in log:
        outcome = Outcome(each.arm, 1, each.reward)
        guards = watch(guards, outcome, baseline, 0.05, Contrast(0.5, each.arm == "new"))
        baseline = baseline.add(outcome)
    assert guards["slow"] == guards["dear"] == fresh()["slow"]


def test_the_guard_is_fair_where_both_are_equal() -> None:
    """All outcomes of one request, each with its chance: the expected wealth does not grow."""
    baseline = Baseline(n=50, reward=0.6, variance=0.2, invalid=0.1)
    share, right, invalid = 0.1, 0.7, 0.2
    expected = dict.fromkeys(fresh(), 0.0)
    for is_candidate in (True, False):
        for reward in (0.0, 1.0):
            for error in (True, False):
                chance = share if is_candidate else 1 - share
                chance *= right if reward else 1 - right
                chance *= invalid if error else 1 - invalid
                outcome = Outcome("any", 1, reward, error)
                after = watch(fresh(), outcome, baseline, 0.05, Contrast(share, is_candidate))
                for name, evidence in after.items():
                    expected[name] += chance * evidence.wealth
    assert expected["reward"] == pytest.approx(1)
    assert expected["invalid"] < 1
    assert expected[FINE] > 1
    worse = right - 0.05
    fine = 0.0
    for is_candidate, quality in ((True, worse), (False, right)):
        for reward in (0.0, 1.0):
            chance = share if is_candidate else 1 - share
            chance *= quality if reward else 1 - quality
            outcome = Outcome("any", 1, reward)
            after = watch(fresh(), outcome, baseline, 0.05, Contrast(share, is_candidate))
            fine += chance * after[FINE].wealth
    assert fine == pytest.approx(1)


def test_the_percentile_of_latency_is_near_the_true_one() -> None:
    rng = random.Random(4)
    exceeded = 0
    baseline = Baseline()
    for index in range(3_000):
        latency = rng.lognormvariate(6, 1)
        if index >= 500:
            exceeded += bool(baseline.is_slow(latency))
        baseline = baseline.add(Outcome("control", 1, 1.0, latency_ms=latency))
    assert exceeded / 2_500 == pytest.approx(0.05, abs=0.015)
    assert baseline.slow == pytest.approx(0.05, abs=0.04)


def test_the_percentile_follows_a_server_that_becomes_slower() -> None:
    rng = random.Random(4)
    baseline = Baseline()
    for index in range(1_500):
        latency = rng.lognormvariate(6 if index < 500 else 7, 0.5)
        baseline = baseline.add(Outcome("control", 1, 1.0, latency_ms=latency))
    assert sum(rng.lognormvariate(7, 0.5) > baseline.latency_ms for _ in range(1_000)) < 120


def test_a_yardstick_needs_outcomes() -> None:
    baseline = Baseline()
    for _ in range(SETTLED):
        assert baseline.is_slow(1e6) is None
        assert baseline.is_dear(1e6) is None
        baseline = baseline.add(Outcome("control", 1, 1.0, latency_ms=100, tokens=50))
    assert baseline.is_slow(1e6)
    assert not baseline.is_slow(100)
    assert baseline.is_slow(None) is None
    assert baseline.is_dear(1e6)
    assert not baseline.is_dear(60)


def test_the_mean_of_the_control_forgets_a_bad_hour() -> None:
    baseline = Baseline()
    for reward in [0.8] * 500 + [0.2] * 300 + [0.8] * 1_500:
        baseline = baseline.add(Outcome("control", 1, reward))
    assert baseline.reward == pytest.approx(0.8, abs=0.01)


def test_absurd_figures_leave_a_baseline_that_can_be_kept() -> None:
    baseline = Baseline()
    for number in range(SETTLED + 5):
        latency_ms = sys.float_info.max * (1.0 if number >= SETTLED else 0.99)
        baseline = baseline.add(Outcome("c", 1, 0.5, latency_ms=latency_ms, tokens=latency_ms))
    baseline = baseline.add(Outcome("c", 1, 0.5, latency_ms=sys.float_info.max))
    assert all(map(math.isfinite, baseline))
