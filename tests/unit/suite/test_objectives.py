"""What ``objectives:`` lists counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SuiteError
from pytest_promptevo.fitness import DEFAULT_WEIGHTS, Limit
from unit.support import make_suite

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = {"quality": 1.0, "latency_ms": 0.0, "tokens": 0.0, "repairs": 0.0}


@pytest.mark.parametrize(
    ("given", "weights"),
    [
        (None, DEFAULT_WEIGHTS),
        ({}, NOTHING),
        ({"quality": {"min": 0.7}}, NOTHING),
        ({"quality": {"weight": 2.0}}, {**NOTHING, "quality": 2.0}),
        ({"tokens": {}}, {**NOTHING, "tokens": -0.0005}),
        ({"tokens": {"weight": -0.1}}, {**NOTHING, "tokens": -0.1}),
        ({"latency_ms": {"p95_max": 800}}, {**NOTHING, "latency_ms": -0.001}),
        ({"latency_ms": {"p95_max": 800, "weight": 0}}, NOTHING),
        ({name: {} for name in DEFAULT_WEIGHTS}, DEFAULT_WEIGHTS),
    ],
)
def test_what_is_listed_counts_and_quality_always_does(
    tmp_path: Path, given: dict[str, Any] | None, weights: dict[str, float]
) -> None:
    assert make_suite(tmp_path, objectives=given).objectives.weights == weights


def test_a_limit_of_what_does_not_count_still_holds(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, objectives={"latency_ms": {"max": 5, "weight": 0}})
    assert suite.objectives.limits == {"latency_ms": Limit(max=5)}


@pytest.mark.parametrize("name", DEFAULT_WEIGHTS)
def test_limits_that_exclude_each_other_are_refused_with_their_line(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(SuiteError, match=rf"min 0.9 of {name} is above its max 0.5") as caught:
        make_suite(tmp_path, objectives={name: {"min": 0.9, "max": 0.5}})
    assert caught.value.path is not None
    assert caught.value.line is not None
    line = caught.value.path.read_text("utf-8").splitlines()[caught.value.line - 1]
    assert "0.9" in line
    assert make_suite(tmp_path, objectives={name: {"min": 0.5, "max": 0.5}})


def test_quality_cannot_be_taken_out(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="weight of quality must be above 0"):
        make_suite(tmp_path, objectives={"quality": {"weight": 0}, "tokens": {}})
