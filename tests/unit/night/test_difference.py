"""The difference of two arms in production, and its interval that holds at any time."""

from __future__ import annotations

import random

import pytest

from pytest_promptevo.night.difference import difference
from pytest_promptevo.rollout import Allocation, Outcome

ALLOCATIONS = {
    1: Allocation(1, 0, {"new": 0.1, "old": 0.9}),
    2: Allocation(2, 1, {"new": 0.5, "old": 0.5}),
}


def outcomes(rng, count, lead, bad_hour=False):
    for at in range(count):
        version = 1 if at < count / 2 else 2
        arm = ALLOCATIONS[version].arm_for(rng.random())
        level = 0.3 if bad_hour and version == 2 else 0.6
        yield Outcome(arm, version, float(rng.random() < level + lead * (arm == "new")))


def test_a_bad_hour_for_everybody_is_no_difference():
    found = difference(
        outcomes(random.Random(1), 20_000, 0.0, bad_hour=True), ALLOCATIONS, "new", "old"
    )
    assert found is not None
    assert found.low < 0 < found.high
    assert abs(found.mean) < 0.03
    assert found.n == 20_000


def test_a_lead_is_found():
    found = difference(outcomes(random.Random(2), 20_000, 0.1), ALLOCATIONS, "new", "old")
    assert found is not None
    assert 0 < found.low < 0.1 < found.high
    assert str(found) == f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def test_the_interval_holds_at_all_times_at_once():
    missed = 0
    for seed in range(60):
        drawn = list(outcomes(random.Random(seed), 1_600, 0.05))
        looks = (difference(drawn[:n], ALLOCATIONS, "new", "old") for n in range(200, 1_601, 200))
        missed += any(look and not look.low <= 0.05 <= look.high for look in looks)
    assert missed <= 7  # 3 in the mean at most; more than 7 come about by chance in 1 % of cases


@pytest.mark.parametrize("arm", ["new", "old"])
def test_one_arm_alone_makes_no_difference(arm):
    assert difference([Outcome(arm, 1, 1.0)] * 9, ALLOCATIONS, "new", "old") is None


def test_outcomes_of_other_arms_and_allocations_are_left_out():
    drawn = list(outcomes(random.Random(3), 1_000, 0.1))
    strange = [Outcome("other", 1, 0.0), Outcome("new", 9, 0.0)] * 50
    assert difference([*strange, *drawn], ALLOCATIONS, "new", "old") == difference(
        drawn, ALLOCATIONS, "new", "old"
    )
