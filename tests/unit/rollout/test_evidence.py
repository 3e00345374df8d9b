"""Evidence is a fair or losing game under the hypothesis, and a winning one otherwise."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.rollout.evidence import BETS, Evidence
from pytest_promptevo.rollout.guard import EFFECTS

START = st.sampled_from([Evidence(), Evidence.with_reserve()])


@given(START, st.floats(0.01, 100), st.floats(0.01, 100), st.floats(1e-4, 100))
def test_a_fair_draw_keeps_the_expected_wealth(
    start: Evidence, gain: float, loss: float, variance: float
) -> None:
    wins, loses = (start.bet(draw, loss, EFFECTS, variance).wealth for draw in (gain, -loss))
    chance = loss / (gain + loss)
    assert chance * wins + (1 - chance) * loses == pytest.approx(1)
    assert loses > 0


@given(START, st.lists(st.booleans(), max_size=60))
def test_wealth_is_never_gone(start: Evidence, ups: list[bool]) -> None:
    evidence = start
    for is_up in ups:
        evidence = evidence.bet(1 if is_up else -1, 1, EFFECTS, 1e-4)
    assert evidence.wealth > 0
    assert evidence.n == len(ups)
    assert len(evidence.bets) == BETS


def test_equal_arms_seldom_reach_twenty_however_often_one_looks() -> None:
    rng = random.Random(11)
    reached = 0
    for _ in range(200):
        evidence = Evidence()
        for _ in range(400):
            evidence = evidence.bet(rng.choice((-1.0, 1.0)), 1, EFFECTS, 1)
            if evidence.wealth >= 20:
                reached += 1
                break
    assert reached <= 18  # 5 % of 200 are expected at most; 19 or more have a chance of 0.5 %


def test_a_change_after_a_long_good_time_is_found_thanks_to_the_reserve() -> None:
    def after(start: Evidence) -> int:
        rng = random.Random(3)
        evidence = start
        for _ in range(5_000):
            evidence = evidence.bet(-1 if rng.random() < 0.6 else 1, 1, EFFECTS, 1)
        for count in range(1, 2_001):
            evidence = evidence.bet(1 if rng.random() < 0.7 else -1, 1, EFFECTS, 1)
            if evidence.wealth >= 40:
                return count
        return 2_001

    assert after(Evidence.with_reserve()) < 400
    assert after(Evidence()) > 600


def test_wealth_has_an_end_upwards() -> None:
    evidence = Evidence()
    for _ in range(5_000):
        evidence = evidence.bet(1, 1, EFFECTS, 1)
    assert 1e11 < evidence.wealth < 1e13


@given(START, st.lists(st.floats(-1, 1), max_size=10))
def test_plain_data_give_the_evidence_again(start: Evidence, draws: list[float]) -> None:
    for draw in draws:
        start = start.bet(draw, 1, EFFECTS, 0.3)
    assert Evidence.from_plain(json.loads(json.dumps(start.to_plain()))) == start
