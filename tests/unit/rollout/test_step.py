"""Whole rollouts: stages, drops, retirement, the way back, and evidence that can be rebuilt."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.rollout import (
    Allocation,
    Outcome,
    Prior,
    Progress,
    Reports,
    RolloutSettings,
    advance,
    begin,
    observe,
)
from pytest_promptevo.rollout.missing import is_inconclusive

from .traffic import CONTROL, Rollout

SETTINGS = RolloutSettings()


def test_a_rollout_starts_with_a_tenth_for_all_candidates_together() -> None:
    step = begin(SETTINGS, CONTROL, ["a", "b"], {"a": Prior(0.9, 40)}, version=4)
    assert step.allocation is not None
    assert step.allocation.version == step.progress.version == 4
    assert list(step.allocation.weights) == ["a", "b", CONTROL]
    assert step.allocation.weights[CONTROL] == pytest.approx(0.9)
    assert step.allocation.weights["a"] > step.allocation.weights["b"]


def test_without_candidates_the_control_gets_everything() -> None:
    step = begin(SETTINGS, CONTROL, [], {}, version=1)
    assert step.allocation is not None
    assert step.allocation.weights == {CONTROL: 1.0}
    after = advance(SETTINGS, step.progress, [Outcome(CONTROL, 1, 1.0)], {1: step.allocation})
    assert after.allocation is None
    assert after.progress.n == 1


@pytest.mark.parametrize("candidates", [["a", "a"], [CONTROL], ["a", "b", "c", "d"]])
def test_arms_that_cannot_be_rolled_out_are_refused(candidates: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"must be distinct|at most 3"):
        begin(SETTINGS, CONTROL, candidates, {}, version=1)


def test_a_better_candidate_gets_all_but_the_control_s_share() -> None:
    rollout = Rollout({"a": 0.95, CONTROL: 0.8}).run(3_000)
    assert rollout.kinds() == ["started", "stage", "stage"]
    assert rollout.present.stage == 2
    assert rollout.present.weights["a"] == pytest.approx(0.95)
    assert "a is not worse by 0.05" in rollout.events[-1].why


def test_nothing_advances_before_its_leader_has_enough_outcomes() -> None:
    rollout = Rollout({"a": 1.0, CONTROL: 0.2}, replace(SETTINGS, min_outcomes=100))
    rollout.run(4_000, until=lambda each: each.progress.stage == 2)
    assert rollout.progress.stage == 2
    assert min(rollout.progress.arms["a"].in_stage[:2]) >= 100


def test_the_last_candidate_that_is_dropped_rolls_back_for_good() -> None:
    rollout = Rollout({"a": 0.3, CONTROL: 0.9}).run(2_000)
    assert rollout.kinds() == ["started", "dropped", "rolled back"]
    assert rollout.present.weights == {CONTROL: 1.0}
    assert rollout.present.stage == rollout.progress.stage == -1
    assert rollout.progress.arms["a"].status == "dropped"
    dropped = rollout.events[1]
    assert (dropped.arm, dropped.guard) == ("a", "reward")
    assert dropped.why == rollout.progress.arms["a"].why
    before = rollout.present.version
    rollout.quality["a"] = 1.0
    rollout.run(500)
    assert rollout.present.version == before


def test_others_go_on_where_one_is_dropped() -> None:
    rollout = Rollout({"bad": 0.2, "good": 0.9, CONTROL: 0.8}).run(2_000)
    assert ("dropped", "bad") in [(event.kind, event.arm) for event in rollout.events]
    assert rollout.progress.live == ("good",)
    assert "bad" not in rollout.present.weights


def test_a_candidate_that_turns_bad_at_the_last_stage_loses_its_traffic() -> None:
    rollout = Rollout({"a": 0.9, CONTROL: 0.8}).run(4_000)
    assert rollout.progress.stage == 2
    rollout.quality["a"] = 0.4
    rollout.run(6_000)
    assert rollout.present.weights.get("a", 0.0) <= 0.02


def test_of_two_candidates_the_hopeless_one_is_retired_and_never_the_last() -> None:
    settings = RolloutSettings(stages=(1.0,))
    rollout = Rollout({"a": 0.9, "b": 0.81, CONTROL: 0.8}, settings).run(8_000, batch=200)
    assert rollout.progress.arms["b"].status == "retired"
    assert "a is better" in rollout.progress.arms["b"].why
    assert rollout.progress.live == ("a",)


@pytest.mark.parametrize(
    ("guard", "bad"), [("slow", {"latency_ms": 900.0}), ("dear", {"tokens": 400.0})]
)
def test_answers_that_are_as_good_and_slow_or_dear_drop_a_candidate(
    guard: str, bad: dict[str, float]
) -> None:
    rollout = Rollout({"a": 0.8, CONTROL: 0.8})
    for _ in range(60):
        outcomes = []
        for _ in range(50):
            outcome = rollout.outcome(latency_ms=rollout.rng.uniform(100, 200), tokens=100.0)
            outcomes.append(replace(outcome, **bad) if outcome.arm == "a" else outcome)
        rollout.step(outcomes)
    assert rollout.progress.arms["a"].status == "dropped"
    assert next(event for event in rollout.events if event.kind == "dropped").guard == guard


def test_answers_that_are_invalid_drop_a_candidate() -> None:
    rollout = Rollout({"a": 0.8, CONTROL: 0.8})
    for _ in range(60):
        outcomes = [rollout.outcome() for _ in range(50)]
        rollout.step(
            [
                replace(each, error=rollout.rng.random() < (0.3 if each.arm == "a" else 0.02))
                for each in outcomes
            ]
        )
    assert next(event for event in rollout.events if event.kind == "dropped").guard == "invalid"


def test_shares_of_reports_that_differ_leave_everything_as_it_is() -> None:
    rollout = Rollout({"a": 0.1, CONTROL: 0.9})
    reports = {"a": Reports(100, 70), CONTROL: Reports(900, 880)}
    for _ in range(40):
        rollout.step([rollout.outcome() for _ in range(50)], reports=reports)
    assert rollout.kinds() == ["started"]
    rollout.step([], reports={"a": Reports(200, 195), CONTROL: Reports(1_800, 1_780)})
    assert rollout.kinds() == ["started", "dropped", "rolled back"]


def test_a_candidate_that_is_not_reported_holds_up_itself_alone() -> None:
    rollout = Rollout({"bad": 0.1, "lost": 0.1, CONTROL: 0.9})
    reports = {"bad": Reports(90, 90), "lost": Reports(90, 9), CONTROL: Reports(900, 880)}
    for _ in range(40):
        rollout.step([rollout.outcome() for _ in range(50)], reports=reports)
    assert rollout.progress.live == ("lost",)
    assert rollout.present.stage == 0


@pytest.mark.parametrize(
    ("arm", "control", "told"),
    [
        (Reports(100, 80), Reports(900, 880), True),
        (Reports(100, 100), Reports(900, 700), True),
        (Reports(100, 90), Reports(900, 880), False),
        (Reports(4, 3), Reports(900, 880), True),
        (Reports(10, 4), Reports(90, 49), False),
        (Reports(0, 0), Reports(900, 880), False),
        (None, Reports(900, 880), False),
        (Reports(10, 12), Reports(10, 12), False),
    ],
)
def test_ten_points_that_are_no_chance_are_inconclusive(
    arm: Reports | None, control: Reports | None, told: bool
) -> None:
    assert is_inconclusive(arm, control) is told


def evidence(progress: Progress) -> list[object]:
    """Returns all that must not depend on where outcomes are cut."""
    parts = [(state.tally, state.in_stage, state.guards) for state in progress.arms.values()]
    return [parts, progress.n, progress.seq, progress.baseline]


@settings(max_examples=20, deadline=None)
@given(
    quality=st.lists(st.sampled_from([0.2, 0.75, 0.8, 0.95]), min_size=1, max_size=2),
    sizes=st.lists(st.integers(0, 120), max_size=6),
    cuts=st.lists(st.floats(0, 1), max_size=6),
    seed=st.integers(0, 99),
)
def test_the_log_cut_anywhere_gives_the_same_evidence_and_tallies(
    quality: list[float], sizes: list[int], cuts: list[float], seed: int
) -> None:
    candidates = ["a", "b"][: len(quality)]
    rollout = Rollout({**dict(zip(candidates, quality, strict=True)), CONTROL: 0.8}, seed=seed)
    for size in sizes:
        latency = rollout.rng.lognormvariate(5, 1)
        rollout.step([rollout.outcome(latency_ms=latency, tokens=80.0) for _ in range(size)])
    rebuilt = stepped = begin(SETTINGS, CONTROL, candidates, {}, version=1).progress
    places = [0, *sorted(int(cut * len(rollout.log)) for cut in cuts), len(rollout.log)]
    for first, last in pairwise(places):
        part = rollout.log[first:last]
        rebuilt = observe(SETTINGS, rebuilt, part, rollout.allocations)
        rebuilt = Progress.from_plain(json.loads(json.dumps(rebuilt.to_plain(), sort_keys=True)))
        stepped = advance(SETTINGS, stepped, part, rollout.allocations).progress
    assert evidence(rebuilt) == evidence(rollout.progress)
    assert evidence(stepped) == evidence(rollout.progress)
    assert list(rebuilt.arms) == list(rollout.progress.arms)


def test_all_of_a_progress_survives_json() -> None:
    for quality in ({"a": 0.3, CONTROL: 0.9}, {"a": 0.9, "b": 0.5, CONTROL: 0.8}):
        progress = Rollout(quality).run(1_500).progress
        assert Progress.from_plain(json.loads(json.dumps(progress.to_plain()))) == progress


def test_unknown_arms_and_allocations_are_no_evidence() -> None:
    rollout = Rollout({"a": 0.8, CONTROL: 0.8}).run(200)
    before = rollout.progress
    rollout.step([Outcome("stranger", 1, 1.0), Outcome("a", 99, 0.0)])
    assert rollout.progress == before


def test_late_reports_of_a_dropped_arm_count_in_its_tally_and_change_no_decision() -> None:
    rollout = Rollout({"a": 0.2, CONTROL: 0.9}).run(2_000)
    before = rollout.progress.arms["a"]
    rollout.step([Outcome("a", 1, 1.0, seq=5_000)] * 3)
    after = rollout.progress.arms["a"]
    assert after.tally.n == before.tally.n + 3
    assert after.status == "dropped"
    assert rollout.progress.seq == 5_000


def test_an_outcome_under_an_allocation_without_its_arm_is_no_evidence_for_the_guard() -> None:
    step = begin(SETTINGS, CONTROL, ["a"], {}, version=1)
    alone = {1: Allocation(1, 0, {CONTROL: 1.0})}
    after = observe(
        SETTINGS, step.progress, [Outcome("a", 1, 0.0), Outcome(CONTROL, 1, 1.0)], alone
    )
    assert after.arms["a"].guards == step.progress.arms["a"].guards
    assert after.arms["a"].tally.n == 1


def test_shares_that_hardly_move_make_no_allocation() -> None:
    rollout = Rollout({"a": 0.95, CONTROL: 0.5}).run(1_500)
    version = rollout.present.version
    rollout.run(1_000)
    assert rollout.present.version == version


def test_a_bad_hour_for_everybody_drops_nobody() -> None:
    rollout = Rollout({"a": 0.8, CONTROL: 0.8}, seed=6).run(400)
    rollout.quality = dict.fromkeys(rollout.quality, 0.3)
    rollout.run(1_000)
    rollout.quality = dict.fromkeys(rollout.quality, 0.8)
    rollout.run(1_000)
    assert "dropped" not in rollout.kinds()
