"""What ``rollout:`` of a suite file says."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SuiteError
from pytest_promptevo.rollout import RolloutSettings
from pytest_promptevo.suite.sections.rollout import RolloutPart
from unit.support import make_suite

if TYPE_CHECKING:
    from pathlib import Path

ODD = RolloutSettings(
    stages=(0.2, 1.0),
    control=0.1,
    margin=0.1,
    alpha=0.01,
    advance_at=9.0,
    risk=0.01,
    min_outcomes=5,
    half_life=50.0,
    posterior="beta",
)


def test_a_suite_without_the_section_has_the_defaults(tmp_path: Path) -> None:
    assert make_suite(tmp_path).rollout == RolloutSettings()


def test_every_setting_can_be_written(tmp_path: Path) -> None:
    written = {**asdict(ODD), "stages": list(ODD.stages)}
    assert set(written) == set(RolloutPart.model_fields)
    assert make_suite(tmp_path, rollout=written).rollout == ODD


def test_only_what_differs_is_kept() -> None:
    assert RolloutPart.of(RolloutSettings()).model_dump(exclude_none=True) == {}
    assert RolloutPart.of(ODD).settings() == ODD


@pytest.mark.parametrize(
    ("rollout", "row", "told"),
    [
        ({"stages": [0.5, 0.1]}, "stages", "stages must rise between 0 and 1, not [0.5, 0.1]"),
        ({"margin": 0}, "margin", "margin must be between 0 and 1"),
        ({"half_life": 0.5}, "half_life", "half_life must be at least 1"),
        ({"half_life": "never"}, "half_life", "should be a valid number"),
        ({"posterior": "gamma"}, "posterior", "should be 'normal' or 'beta'"),
        ({"min_outcomes": 2.5}, "min_outcomes", "rollout.min_outcomes"),
        (
            {"stage": [1.0]},
            "stage",
            "unknown key 'stage' in rollout\n  hint: did you mean 'stages'?",
        ),
        ([1], "rollout", "rollout: should be a mapping"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_with_its_line(
    tmp_path: Path, rollout: Any, row: str, told: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        make_suite(tmp_path, rollout=rollout)
    assert told in str(caught.value)
    assert caught.value.path is not None
    assert caught.value.line is not None
    lines = caught.value.path.read_text("utf-8").splitlines()
    assert row in lines[caught.value.line - 1] or row in lines[caught.value.line - 2]
