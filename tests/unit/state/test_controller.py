from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import StateError
from pytest_promptevo.state.controller import is_same_evidence, rebuild, tick
from pytest_promptevo.state.decision import Sealer, start_of
from pytest_promptevo.state.lineup import Lineup
from pytest_promptevo.state.overview import read_overview
from pytest_promptevo.state.records import ALL_SUITES, AllocationRow, Report
from pytest_promptevo.state.restarting import restart
from pytest_promptevo.state.sqlite import SqliteState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.rollout import Progress

LINEUP = Lineup("orders", "aabbccdd", "c" * 16, ("a" * 16, "b" * 16))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteState]:
    made = SqliteState(tmp_path / "live.sqlite")
    made.prepare()
    tick(made, LINEUP)
    yield made
    made.close()


def report_some(store: SqliteState, number: int, rng: random.Random, bad: str = "") -> None:
    assert store.key is not None
    sealer = Sealer(store.key, LINEUP.suite)
    row = store.standing(LINEUP.suite, LINEUP.key).allocation
    assert row is not None
    allocation = LINEUP.allocation(row)
    reports = []
    for _ in range(number):
        arm = allocation.arm_for(rng.random())
        start = start_of(LINEUP.key, allocation.version, arm)
        decision = sealer.decide(start, 5, f"{rng.getrandbits(64):016x}")
        reward = float(rng.random() < (0.1 if arm == bad else 0.8))
        told = (decision, LINEUP.suite, LINEUP.key, allocation.version, arm, "")
        reports.append(Report(*told, reward, reward, False, None, 5.0, None, 6.0))
    assert store.report_all(reports) == number


def progress_of(store: SqliteState) -> Progress:
    row = store.rollout(LINEUP.suite, LINEUP.key)
    assert row is not None
    return LINEUP.progress(row.progress)


def test_a_rollout_equals_its_rebuild(store: SqliteState) -> None:
    rng = random.Random(3)
    for number in (1, 700, 2500, 3):
        report_some(store, number, rng)
        assert tick(store, LINEUP) == number
        rebuilt = rebuild(store, LINEUP)
        assert rebuilt is not None
        assert is_same_evidence(progress_of(store), rebuilt)
    assert progress_of(store).n == 3204
    assert not is_same_evidence(progress_of(store), replace(rebuilt, n=0))


def test_a_bad_candidate_is_dropped_and_the_row_says_why(store: SqliteState) -> None:
    rng = random.Random(4)
    for _ in range(8):
        report_some(store, 400, rng, bad="a" * 16)
        tick(store, LINEUP)
    assert progress_of(store).arms["a" * 16].status != "live"
    rows = store.allocations(LINEUP.suite, LINEUP.key)
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    assert any("its reward is lower" in row.why for row in rows)


def test_of_two_controllers_one_changes_nothing(store: SqliteState) -> None:
    report_some(store, 500, random.Random(5))
    before = store.rollout(LINEUP.suite, LINEUP.key)
    assert before is not None
    assert tick(store, LINEUP) == 500
    after = store.rollout(LINEUP.suite, LINEUP.key)
    late = AllocationRow(99, before.seq, 0, "[]", "late")
    assert not store.advance(LINEUP.suite, LINEUP.key, before, before, late, {(1, "x"): 5})
    assert store.rollout(LINEUP.suite, LINEUP.key) == after
    assert 99 not in {row.version for row in store.allocations(LINEUP.suite, LINEUP.key)}
    assert (1, "x") not in store.exposures(LINEUP.suite, LINEUP.key)


def test_a_rollout_begins_once(store: SqliteState) -> None:
    row = store.rollout(LINEUP.suite, LINEUP.key)
    assert row is not None
    assert not store.start(LINEUP.suite, LINEUP.key, row, AllocationRow(7, 0, 0, "[]", ""))
    assert len(store.allocations(LINEUP.suite, LINEUP.key)) == 1


def test_reports_are_counted_once_by_allocation_and_arm(store: SqliteState) -> None:
    report_some(store, 1500, random.Random(6))
    tick(store, LINEUP)
    tick(store, LINEUP)
    counts = store.exposures(LINEUP.suite, LINEUP.key)
    assert sum(reported for _, reported in counts.values()) == 1500


def test_missing_reports_of_an_arm_stop_a_rollout(store: SqliteState) -> None:
    """Of what the candidates were chosen for, nine tenths were never reported."""
    rng = random.Random(7)
    report_some(store, 3000, rng)
    store.expose(LINEUP.suite, LINEUP.key, {(1, arm): 3000 for arm in LINEUP.candidates})
    store.expose(LINEUP.suite, LINEUP.key, {(1, LINEUP.control): 2700})
    tick(store, LINEUP)
    assert progress_of(store).stage == 0


def test_a_store_with_another_rollout_is_told(store: SqliteState) -> None:
    other = replace(LINEUP, candidates=("d" * 16,))
    report_some(store, 1, random.Random(8))
    with pytest.raises(StateError, match="not one of its arms"):
        tick(store, other)


@pytest.mark.parametrize(
    "weights",
    [
        "",
        "{}",
        "[]",
        "[[]]",
        '[["cccccccccccccccc", 0.9]]',
        '[["cccccccccccccccc", NaN]]',
        '[["cccccccccccccccc", 0.5], ["aaaaaaaaaaaaaaaa", 0.5]]',
        '[["another", 0.5], ["cccccccccccccccc", 0.5]]',
        '[["aaaaaaaaaaaaaaaa", -1], ["cccccccccccccccc", 2]]',
        "[" * 10_000,
        None,
        b"\xff",
    ],
)
def test_an_allocation_that_is_none_is_told(weights: object) -> None:
    with pytest.raises(StateError):
        LINEUP.allocation(AllocationRow(1, 0, 0, weights, ""))


@pytest.mark.parametrize("column", ["seq", "first_version", "first_seq", "at"])
@pytest.mark.parametrize("value", [None, "abc", b"\xff"])
def test_a_rollout_whose_numbers_are_none_is_told(
    store: SqliteState, column: str, value: object
) -> None:
    report_some(store, 5, random.Random(3))
    with store.writing() as session:
        session.change(f"UPDATE promptevo_rollout SET {column} = ?", (value,))
    for use in (tick, read_overview):
        with pytest.raises(StateError, match="the rollout of orders cannot be read"):
            use(store, LINEUP)


@pytest.mark.parametrize("column", ["version", "arm", "chosen", "reported"])
@pytest.mark.parametrize("value", [None, "abc", b"\xff", 0.5])
def test_counts_that_are_none_are_left_out(store: SqliteState, column: str, value: object) -> None:
    store.expose(LINEUP.suite, LINEUP.key, {(1, LINEUP.arms[0]): 7, (1, LINEUP.arms[1]): 5})
    before = read_overview(store, LINEUP).reports
    assert before is not None
    assert before[LINEUP.arms[0]].chosen == 7
    with store.writing() as session:
        session.change(
            f"UPDATE promptevo_exposure SET {column} = ? WHERE arm = ?", (value, LINEUP.arms[0])
        )
    after = read_overview(store, LINEUP).reports
    assert after is not None
    assert after[LINEUP.arms[0]].chosen == 0
    assert after[LINEUP.arms[1]].chosen == 5
    report_some(store, 5, random.Random(3))
    assert tick(store, LINEUP) == 5


@pytest.mark.parametrize("text", ["[" * 600_000, f"[{'0,' * 600_000}0]"])
def test_a_row_of_too_many_values_is_not_parsed(text: str) -> None:
    row = AllocationRow(version=1, seq=1, stage=0, weights=text, why="start")
    with pytest.raises(StateError, match="more than 500,000 values"):
        LINEUP.allocation(row)
    with pytest.raises(StateError, match="more than 500,000 values"):
        LINEUP.progress(text)


def test_a_pause_holds_while_a_rollout_is_moved_on(
    store: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many outcomes, batch after batch is taken into account."""
    report_some(store, 3500, random.Random(5))
    of_batch = store.outcomes

    def paused_meanwhile(*arguments: Any) -> Any:
        if progress_of(store).n == 1000:
            store.switch(LINEUP.suite, "paused")
        return of_batch(*arguments)

    monkeypatch.setattr(store, "outcomes", paused_meanwhile)
    assert tick(store, LINEUP) == 1000
    monkeypatch.undo()
    paused = progress_of(store)
    store.switch(ALL_SUITES, "off")  # and comes off later: the pause is still there
    assert tick(store, LINEUP) == 0
    assert progress_of(store) == paused
    with pytest.raises(StateError, match="is paused: turn it on first"):
        restart(store, LINEUP)
    store.switch(LINEUP.suite, "on")
    assert tick(store, LINEUP) == 2500


def test_a_rollout_whose_allocations_are_damaged_begins_anew(store: SqliteState) -> None:
    report_some(store, 300, random.Random(6))
    with store.writing() as session:
        session.change("UPDATE promptevo_allocation SET weights = '[]'")
    with pytest.raises(StateError, match="cannot be read"):
        tick(store, LINEUP)
    assert restart(store, LINEUP)
    report_some(store, 300, random.Random(7))
    assert tick(store, LINEUP) == 300
    assert progress_of(store).n == 300
