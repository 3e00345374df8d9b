"""Shares follow the chance of being best, within what a stage allows."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.rollout import Normal, Prior, RolloutSettings
from pytest_promptevo.rollout.posterior import EAGER
from pytest_promptevo.rollout.weights import FLOOR, Chances, chances, chances_of, shares

from .traffic import CONTROL, Rollout

SETTINGS = RolloutSettings()
chance = st.floats(0, 1)


def found(parts: list[float]) -> Chances:
    names = ["a", "b", "c"][: len(parts) - 1]
    whole = sum(parts) or 1
    of_candidates = sum(parts[1:]) or 1
    control, *rest = parts
    return Chances(
        {
            **{arm: part / whole for arm, part in zip(names, rest, strict=True)},
            CONTROL: control / whole,
        },
        {arm: part / of_candidates for arm, part in zip(names, rest, strict=True)},
    )


@given(st.lists(chance, min_size=2, max_size=4), st.sampled_from([0, 1, 2]))
def test_shares_stay_within_their_stage(parts: list[float], stage: int) -> None:
    weights = shares(SETTINGS, CONTROL, stage, found(parts))
    assert math.fsum(weights.values()) == pytest.approx(1)
    assert list(weights)[-1] == CONTROL
    *candidates, control = weights.values()
    assert min(candidates) >= FLOOR - 1e-12
    least = max(1 - SETTINGS.stages[stage], SETTINGS.control if stage == 2 else 0)
    assert control >= least - 1e-9


def test_at_the_first_stage_half_is_spread_evenly() -> None:
    weights = shares(SETTINGS, CONTROL, 0, found([0.0, 1.0, 0.0]))
    assert weights["a"] == pytest.approx(0.01 + 0.08 * 0.75)
    assert weights["b"] == pytest.approx(0.01 + 0.08 * 0.25)
    assert weights[CONTROL] == pytest.approx(0.9)


def test_at_the_last_stage_the_control_competes() -> None:
    weights = shares(SETTINGS, CONTROL, 2, found([0.9, 0.1]))
    assert weights["a"] == pytest.approx(0.1)
    weights = shares(SETTINGS, CONTROL, 2, found([0.0, 1.0]))
    assert weights["a"] == pytest.approx(0.95)


def test_the_control_s_least_share_goes_before_the_floor() -> None:
    settings = RolloutSettings(control=0.995)
    assert shares(settings, CONTROL, 2, found([0.1, 0.4, 0.5]))[CONTROL] == pytest.approx(0.995)


def test_the_chance_of_being_best_is_that_of_the_posterior() -> None:
    a, b = (Normal(Prior(), 4_000, 4_000 * mean, 4_000 * (mean**2 + 0.1)) for mean in (0.80, 0.81))
    rng = random.Random(8)
    drawn = [chances_of({"a": a, CONTROL: b}, CONTROL, rng).of_all["a"] for _ in range(5)]
    width = EAGER * math.sqrt(2 * 0.1 / 4_000)
    exact = NormalDist(0.80 - 0.81, width).cdf(0)
    assert sum(drawn) / 5 == pytest.approx(1 - exact, abs=0.02)


def test_the_same_outcomes_and_version_give_the_same_chances() -> None:
    rollout = Rollout({"a": 0.8, "b": 0.7, CONTROL: 0.75}).run(300)
    first, again, later = (chances(SETTINGS, rollout.progress, version) for version in (7, 7, 8))
    assert first == again
    assert first != later


def test_old_outcomes_weigh_less() -> None:
    """An arm that was best long ago gives way to the one that is best now."""
    settings = RolloutSettings(stages=(1.0,), half_life=500)
    rollout = Rollout({"a": 0.9, CONTROL: 0.6}, settings).run(2_000, batch=100)
    assert rollout.present.weights["a"] > 0.9
    rollout.quality = {"a": 0.6, CONTROL: 0.75}
    rollout.run(6_000, batch=200)
    assert rollout.present.weights.get("a", 0.0) < 0.1
