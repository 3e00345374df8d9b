from __future__ import annotations

import pytest

from pytest_promptevo.lock.parts import Mean
from pytest_promptevo.review.evidence import _least_fall
from pytest_promptevo.review.numbers import p_value, short_digest, with_interval


@pytest.mark.parametrize(
    ("p", "told"),
    [
        (1.0, "p = 1"),
        (0.7265625, "p = 0.73"),
        (0.05, "p = 0.05"),
        (0.00021, "p = 0.00021"),
        (5e-05, "p = 0.00005"),
        (3e-09, "p < 0.00001"),
        (0.0, "p < 0.00001"),
    ],
)
def test_a_p_value_is_no_power_of_ten(p: float, told: str) -> None:
    assert p_value(p) == told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("fitness", Mean(mean=-0.1352, low=-0.2, high=0.63), "-0.14 [-0.20, 0.63]"),
        ("latency_ms", Mean(mean=1188.4, low=900, high=1300), "1,188 ms [900, 1,300]"),
        ("latency p95", 1420.0, "1,420 ms"),
        ("tokens", Mean(mean=1239.6, low=1, high=2000), "1,240 [1, 2,000]"),
        ("quality", None, "not known"),
    ],
)
def test_a_figure_has_its_unit(name: str, value: Mean | float | None, told: str) -> None:
    assert with_interval(name, value) == told


@pytest.mark.parametrize(("n", "fall"), [(5, None), (6, 1.0), (72, 6 / 72)])
def test_the_least_fall_that_can_be_seen_is_six_of_six(n: int, fall: float | None) -> None:
    """As `fitness.paired` says it of the gate."""
    assert _least_fall(n) == fall


@pytest.mark.parametrize(
    ("digest", "told"), [("sha256:0123456789", "01234567…"), ("abc", "abc"), ("", "")]
)
def test_a_digest_is_told_by_its_start(digest: str, told: str) -> None:
    assert short_digest(digest) == told
