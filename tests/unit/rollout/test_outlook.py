"""What comes next in a rollout, and when: against rollouts that go on."""

from __future__ import annotations

import math
from statistics import median

import pytest

from pytest_promptevo.rollout import Outcome, Reports, RolloutSettings
from pytest_promptevo.rollout.outlook import outlook

from .traffic import CONTROL, Rollout


def seen_so_far(rollout: Rollout) -> dict[str, Reports]:
    return {
        arm: Reports(state.tally.n, state.tally.n) for arm, state in rollout.progress.arms.items()
    }


def foretold(rollout: Rollout) -> object:
    reports = seen_so_far(rollout)
    return outlook(rollout.settings, rollout.progress, rollout.present, reports)


def until(kind: str, seed: int, candidate: float, start: int) -> tuple[int | None, int]:
    """Returns what is foretold after some requests, and what it took then."""
    rollout = Rollout({"a": candidate, CONTROL: 0.8}, seed=seed).run(start)
    said = foretold(rollout)
    before = len(rollout.events)
    rollout.run(30_000, batch=25, until=lambda now: kind in now.kinds()[before:])
    requests = said.requests if said.next == kind else None  # type: ignore[attr-defined]
    return requests, len(rollout.log) - start


@pytest.mark.parametrize(("candidate", "kind"), [(0.9, "stage"), (0.55, "dropped")])
def test_the_number_of_requests_is_about_right(candidate: float, kind: str) -> None:
    told = [until(kind, seed, candidate, 250) for seed in range(12)]
    known = [(said, took) for said, took in told if said]
    assert len(known) >= 6
    ratio = median(math.log(said / took) for said, took in known)
    assert abs(ratio) < math.log(2)


def test_nothing_is_foretold_of_a_handful_of_outcomes() -> None:
    rollout = Rollout({"a": 0.9, CONTROL: 0.8}).run(50)
    assert foretold(rollout).next == "unclear"  # type: ignore[attr-defined]


def test_a_rollout_without_candidates_is_over() -> None:
    rollout = Rollout({CONTROL: 0.8}).run(50)
    assert foretold(rollout).next == "over"  # type: ignore[attr-defined]


def test_the_last_stage_has_no_next() -> None:
    settings = RolloutSettings(stages=(1.0,))
    rollout = Rollout({"a": 0.9, CONTROL: 0.8}, settings).run(200)
    assert foretold(rollout).next == "last"  # type: ignore[attr-defined]


@pytest.mark.parametrize("reward", [0.0, 0.3, 1.0])
def test_rewards_without_spread_are_fine(reward: float) -> None:
    rollout = Rollout({"a": 0.9, CONTROL: 0.8})
    arms = ("a", CONTROL)
    rollout.step([Outcome(arms[index % 2], 1, reward, seq=index) for index in range(80)])
    said = foretold(rollout)
    assert said.next in ("stage", "last", "unclear")  # type: ignore[attr-defined]


def test_reports_that_are_missing_take_more_requests() -> None:
    rollout = Rollout({"a": 0.85, CONTROL: 0.8}, seed=3).run(600)
    whole = foretold(rollout)
    half = {
        arm: Reports(2 * told.chosen, told.chosen) for arm, told in seen_so_far(rollout).items()
    }
    later = outlook(rollout.settings, rollout.progress, rollout.present, half)
    assert whole.next == later.next == "stage"  # type: ignore[attr-defined]
    assert later.requests == pytest.approx(2 * whole.requests, rel=0.02)  # type: ignore[attr-defined]
