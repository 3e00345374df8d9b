from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import LockError
from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.fitness.reward import RewardScale
from pytest_promptevo.lock import Candidate, Compared, LockedModel, LockedShot, Lockfile, write_lock
from pytest_promptevo.lock.parts import LockedPrompt, suite_figures
from pytest_promptevo.rollout import Prior, RolloutSettings
from pytest_promptevo.runtime.arms import Arms, read_arms
from pytest_promptevo.suite.sections.rollout import RolloutPart
from unit.support import make_candidate, make_entry, with_candidates

if TYPE_CHECKING:
    from pathlib import Path

OBJECTIVES = Objectives({"quality": 1.0, "tokens": -0.01})
GENOME = {"how": "Read: {{m}}", "shots": [], "model": "primary", "temperature": 0.5}


def arms_of(folder: Path, production: dict[str, str] | None = None, **changes: Any) -> Arms:
    values: dict[str, Any] = {
        "genome": GENOME,
        "prompt": LockedPrompt(user="{{how}}"),
        "models": {"primary": LockedModel(reference="scripted:arms_model:answer", digest="d")},
        "shots": [LockedShot(id="s1", inputs={"m": "in"}, expected="out")],
        "objectives": {"quality": 1.0, "tokens": -0.01},
    }
    changes |= values | changes
    proposed = [
        candidate if isinstance(candidate, Candidate) else make_candidate(genome=candidate)
        for candidate in changes.pop("candidates", ())
    ]
    entry = with_candidates(*proposed, **changes) if proposed else make_entry(**changes)
    lock = Lockfile(folder / "promptevo.lock")
    write_lock(lock.with_entry("orders", entry))
    return read_arms(lock.path, "orders", production or {}, None, None)


def test_candidates_are_rendered_with_the_texts_of_the_entry(tmp_path: Path) -> None:
    arms = arms_of(
        tmp_path,
        candidates=[
            make_candidate(
                genome={**GENOME, "shots": ["s1"]},
                shots=[LockedShot(id="s1", inputs={"m": "in"}, expected="out")],
            ),
            {**GENOME, "how": "{{m}}!"},
        ],
    )
    shown = [arms.by_id[arm].prompt.request(m="x").messages for arm in arms.lineup.arms]
    assert [[turn.content for turn in messages] for messages in shown] == [
        ["Read: in", "out", "Read: x"],
        ["x!"],
        ["Read: x"],
    ]


def test_an_arm_that_did_not_change_keeps_its_id(tmp_path: Path) -> None:
    before = arms_of(tmp_path, candidates=[{**GENOME, "how": "{{m}}!"}])
    after = arms_of(tmp_path, candidates=[{**GENOME, "how": "{{m}}?"}], repeats=3)
    assert before.control.id == after.control.id
    assert before.lineup.candidates != after.lineup.candidates
    assert before.lineup.key != after.lineup.key


@pytest.mark.parametrize(
    "changes",
    [
        {"genome": {**GENOME, "temperature": 0.6}},
        {"prompt": LockedPrompt(user="{{how}}", system="Be exact.")},
        {"models": {"primary": LockedModel(reference="scripted:arms_model:answer", digest="e")}},
        {"genome": {**GENOME, "shots": ["s1"]}},
    ],
)
def test_whatever_is_rendered_or_sampled_changes_the_id(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    assert arms_of(tmp_path).control.id != arms_of(tmp_path, **changes).control.id


def test_another_model_in_production_is_another_arm(tmp_path: Path) -> None:
    other = arms_of(tmp_path, production={"primary": "scripted:arms_model:other"})
    assert other.control.id != arms_of(tmp_path).control.id


def test_equal_candidates_are_one_arm_and_the_locked_genome_is_none(tmp_path: Path) -> None:
    twice = {**GENOME, "how": "{{m}}!"}
    arms = arms_of(tmp_path, candidates=[twice, GENOME, twice])
    assert len(arms.lineup.candidates) == 1


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        ({**GENOME, "model": "big"}, r"candidate 1\.model is 'big'"),
        ({**GENOME, "shots": ["s9"]}, "few-shot example 's9' is not in it"),
    ],
)
def test_a_candidate_that_cannot_be_asked_is_told(
    tmp_path: Path, candidate: dict[str, Any], message: str
) -> None:
    with pytest.raises(LockError, match=message):
        arms_of(tmp_path, candidates=[candidate])


def test_what_is_not_reported_counts_as_on_the_golden_examples(tmp_path: Path) -> None:
    arms = arms_of(tmp_path)
    assert arms.means["tokens"] == 9.0
    assert arms.reward({"quality": 1.0}) == arms.reward({"quality": 1.0, "tokens": 9.0})
    assert arms.reward({"quality": 1.0, "tokens": 0}) == 1.0
    assert arms.reward({"quality": 0.0, "tokens": 18.0}) == 0.0
    assert arms.reward({"quality": 0.0, "tokens": 1e9}) == 0.0
    assert 0 < arms.reward({"quality": 0.5}) < arms.reward({"quality": 1.0}) < 1


def test_a_scale_needs_no_costs_and_no_quality() -> None:
    assert RewardScale.of({"quality": 2.0}, {}) == RewardScale(0.0, 2.0)
    assert RewardScale.of({"tokens": -0.5}, {"tokens": 4.0}) == RewardScale(-4.0, 0.0)
    assert RewardScale.of({}, {}) == RewardScale(0.0, 1.0)


def test_scale_rollout_and_priors_are_those_of_the_lock(tmp_path: Path) -> None:
    settings = RolloutSettings(margin=0.1, stages=(0.3, 1.0))
    worse = suite_figures(figures([Score(0.5, 12.0, 9.0)] * 8, OBJECTIVES))
    best = suite_figures(figures([Score(1.0, 12.0, 9.0)] * 8, OBJECTIVES))
    candidate = make_candidate(
        genome={**GENOME, "how": "{{m}}!"}, held_out=Compared(locked=best, candidate=worse)
    )
    arms = arms_of(tmp_path, candidates=[candidate], rollout=RolloutPart.of(settings))
    assert arms.lineup.settings == settings
    assert arms.scale == RewardScale(-0.2, 0.9)
    (other,) = arms.lineup.candidates
    priors = arms.lineup.priors
    assert priors[other].mean == pytest.approx((0.5 - 0.09 + 0.2) / 1.1, abs=1e-4)
    assert priors[arms.control.id] == Prior(1.0, 8)
