"""Outcomes, settings, priors and allocations."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.rollout import Allocation, Outcome, Prior, RolloutSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"reward": 1.01},
        {"reward": -0.01},
        {"reward": math.nan},
        {"reward": 1.0, "latency_ms": -1.0},
        {"reward": 1.0, "latency_ms": math.inf},
        {"reward": 1.0, "tokens": math.nan},
    ],
)
def test_an_outcome_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="must be"):
        Outcome("a", 1, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stages", ()),
        ("stages", (0.5, 0.1)),
        ("stages", (0.1, 0.1)),
        ("stages", (0.0, 1.0)),
        ("stages", (0.5, 1.5)),
        ("stages", (math.nan,)),
        ("control", 1.0),
        ("control", -0.1),
        ("margin", 0.0),
        ("alpha", 1.0),
        ("advance_at", 1.0),
        ("advance_at", math.inf),
        ("risk", 0.0),
        ("min_outcomes", 0),
        ("half_life", 0.5),
        ("half_life", math.nan),
        ("posterior", "gamma"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=name):
        RolloutSettings(**{name: value})  # type: ignore[arg-type]


def test_nothing_fades_with_an_infinite_half_life() -> None:
    assert RolloutSettings(half_life=math.inf).half_life == math.inf


@pytest.mark.parametrize(("mean", "count"), [(1.1, 1), (-0.1, 1), (math.nan, 1), (0.5, 0)])
def test_a_prior_out_of_range_is_refused(mean: float, count: float) -> None:
    with pytest.raises(SettingsError, match="prior"):
        Prior(mean, count)


def test_an_offline_figure_counts_for_twenty_outcomes_at_most() -> None:
    assert Prior(0.8, 500).believed == 20
    assert Prior(0.8, 7).believed == 7


@pytest.mark.parametrize(
    "weights", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}, {"a": math.nan, "b": 0.5}]
)
def test_weights_that_are_no_shares_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="shares"):
        Allocation(1, 0, weights)


def test_arms_lie_side_by_side_with_the_control_at_the_upper_end() -> None:
    allocation = Allocation(1, 0, {"a": 0.25, "gone": 0.0, "b": 0.25, "control": 0.5})
    points = [0, 0.2499, 0.25, 0.4999, 0.5, 0.9999999]
    arms = ["a", "a", "b", "b", "control", "control"]
    assert [allocation.arm_for(point) for point in points] == arms


def test_rounding_leaves_no_point_without_an_arm() -> None:
    shares = {f"arm {index}": 0.1 for index in range(10)}
    assert Allocation(1, 0, shares).arm_for(math.nextafter(1, 0)) == "arm 9"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).map(sorted), st.floats(0, 0.999))
def test_a_share_that_grows_takes_users_and_gives_none_back(
    shares: list[float], point: float
) -> None:
    arms = [
        Allocation(index, 0, {"new": share, "control": 1 - share}).arm_for(point)
        for index, share in enumerate(shares)
    ]
    assert all(after == "new" for before, after in pairwise(arms) if before == "new")


def test_an_allocation_keeps_its_order_where_keys_are_sorted() -> None:
    allocation = Allocation(3, 1, {"z": 0.3, "b": 0.2, "a": 0.5}, "because")
    plain = json.loads(json.dumps(allocation.to_plain(), sort_keys=True))
    back = Allocation.from_plain(plain)
    assert back == allocation
    assert list(back.weights) == ["z", "b", "a"]
