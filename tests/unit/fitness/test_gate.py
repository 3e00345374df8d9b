from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.fitness import Score
from unit.support import make_suite

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("threshold", "passes"), [(0.5, True), (0.49, True), (0.51, False)])
def test_the_mean_fitness_must_reach_the_threshold(
    tmp_path: Path, threshold: float, passes: bool
) -> None:
    suite = make_suite(tmp_path, threshold=threshold)
    assert suite.judge([Score(1.0), Score(0.0)]).passes is passes


def test_the_fitness_is_named_before_the_limits(tmp_path: Path) -> None:
    suite = make_suite(
        tmp_path, threshold=0.9, objectives={"quality": {"min": 0.9}, "tokens": {"max": 5}}
    )
    gate = suite.judge([Score(0.5, tokens=10)])
    assert [breach.split(" is ")[0] for breach in gate.breaches] == [
        "fitness 0.495 [0.495, 0.495]",
        "quality 0.5",
        "tokens 10",
    ]


def test_a_broken_limit_fails_a_gate_that_reaches_its_threshold(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, objectives={"repairs": {"weight": 0, "max": 0}})
    gate = suite.judge([Score(1.0, repairs=1)])
    assert gate.breaches == ("repairs 1 is above its limit 0",)
