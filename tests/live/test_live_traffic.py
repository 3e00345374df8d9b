"""Traffic over a real store, in one process and in several."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
import pytest
from live.kills import kill_round
from live.scene import SUITE, TEXTS, Scene, wait_until

from pytest_promptevo.errors import ProviderError, SettingsError
from pytest_promptevo.lock import read_lock, write_lock
from pytest_promptevo.prompt import Completion, Request
from pytest_promptevo.runtime import InvalidAnswer, live
from pytest_promptevo.state import events
from pytest_promptevo.state.decision import parse_decision
from pytest_promptevo.state.tables import LATE, NO_ALLOCATION, OTHER_LOCK, UNIT_AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from pytest_promptevo.runtime import Live


@pytest.fixture
def orders(scene: Scene) -> Iterator[Live]:
    with live(scene.lock, SUITE, scene.state) as opened:
        assert opened.why_locked == ""
        yield opened


def text_of(turn: Any) -> str:
    return str(turn.request(m="x").messages[0].content)


def outcomes(scene: Scene) -> list[tuple[Any, ...]]:
    store = scene.open()
    with store.reading() as session:
        rows = session.rows(
            "SELECT decision, arm, quality, error, tokens, repairs, left_out, reward "
            "FROM promptevo_outcome ORDER BY seq"
        )
    store.close()
    return rows


def test_candidates_get_the_share_of_the_first_stage(orders: Live) -> None:
    counts = Counter(text_of(orders.choose()) for _ in range(4000))
    assert set(counts) == {text.replace("{{m}}", "x") for text in TEXTS}
    assert 280 < sum(counts.values()) - counts["Read: x"] < 520


def test_a_unit_gets_the_same_genome(orders: Live) -> None:
    users = [f"user {number}" for number in range(300)]
    first = {user: orders.choose(user).arm for user in users}
    assert len(set(first.values())) == 3
    assert {user: orders.choose(user).arm for user in users} == first
    assert "user" not in orders.choose("user").id


def test_the_first_report_of_a_decision_counts(scene: Scene, orders: Live) -> None:
    turn = orders.choose()
    assert turn.report(1.0, tokens=30)
    assert not turn.report(0.0)
    assert not orders.report(turn.id, quality=0.0)
    ((decision, arm, quality, error, tokens, repairs, left_out, _),) = outcomes(scene)
    assert (decision, arm, quality, error) == (turn.id, turn.arm, 1.0, 0)
    assert (tokens, repairs, left_out) == (30.0, None, "")


def test_a_report_by_another_process_counts(scene: Scene, orders: Live) -> None:
    turn = orders.choose()
    with live(scene.lock, SUITE, scene.state) as another:
        assert another.report(turn.id, quality=0.5)
    assert not turn.report(1.0)


def test_only_the_first_outcome_of_a_unit_is_evidence(scene: Scene, orders: Live) -> None:
    turns = [orders.choose("user 1"), orders.choose("user 1"), orders.choose("user 2")]
    assert all(turn.report(1.0) for turn in turns)
    assert [row[6] for row in outcomes(scene)] == ["", UNIT_AGAIN, ""]


def test_an_answer_notes_what_it_took(scene: Scene, orders: Live) -> None:
    said = iter(["", "42"])
    turn = orders.choose()
    turn.answer(lambda _request: Completion(next(said), 3, 4, 5.0), m="x")
    turn.report(1.0)
    ((_, _, _, _, tokens, repairs, _, _),) = outcomes(scene)
    assert (tokens, repairs) == (14.0, 1.0)


def test_an_answer_that_stays_invalid_is_an_outcome(scene: Scene, orders: Live) -> None:
    turn = orders.choose()
    with pytest.raises(InvalidAnswer):
        turn.answer(lambda _request: Completion("", 3, 4, 5.0), m="x")
    ((decision, _, quality, error, tokens, _, left_out, _),) = outcomes(scene)
    assert (decision, quality, error, tokens, left_out) == (turn.id, 0.0, 1, 14.0, "")


def test_a_model_that_cannot_answer_is_no_outcome(scene: Scene, orders: Live) -> None:
    def down(_request: Request) -> str:
        raise ProviderError("down")

    with pytest.raises(ProviderError):
        orders.choose().answer(down, m="x")
    assert outcomes(scene) == []


def test_an_event_loop_is_not_blocked(scene: Scene, orders: Live) -> None:
    async def ask(_request: Request) -> str:
        await anyio.sleep(0)
        return "42"

    async def main() -> None:
        turn = orders.choose()
        assert (await turn.aanswer(ask, m="x")).text == "42"
        assert await turn.areport(1.0)
        with pytest.raises(InvalidAnswer):
            await orders.choose().aanswer(lambda _request: "", m="x")

    anyio.run(main)
    assert [row[3] for row in outcomes(scene)] == [0, 1]


def test_the_kill_switch_reaches_every_process(scene: Scene) -> None:
    store = scene.open()
    with live(scene.lock, SUITE, scene.state) as one, live(scene.lock, SUITE, scene.state) as other:
        for suite in ("", SUITE):
            store.switch(suite, "off", who="me", why="test")
            assert wait_until(lambda: one.why_locked and other.why_locked)
            assert {text_of(one.choose()) for _ in range(200)} == {"Read: x"}
            decision = parse_decision(one.choose().id)
            assert decision is not None
            assert decision.version == 0
            store.switch(suite, "on")
            assert wait_until(lambda: not one.why_locked and not other.why_locked)
    store.close()


def test_the_store_can_be_looked_at_without_waiting(scene: Scene, orders: Live) -> None:
    store = scene.open()
    for mode, why in (("off", "it is switched off"), ("on", "")) * 3:
        store.switch(SUITE, mode)
        assert orders.refresh(10.0)
        assert orders.why_locked == why
    store.close()
    orders.close()
    assert orders.refresh()


def test_a_paused_rollout_keeps_its_shares(scene: Scene, orders: Live) -> None:
    store = scene.open()
    store.switch(SUITE, "paused")
    assert orders.choose().report(1.0)
    held = scene.holds(store)
    store.close()
    assert (held["evidence"], held["n"]) == (1, 0)
    assert not orders.why_locked


def test_reports_that_are_no_evidence(scene: Scene, orders: Live) -> None:
    """Duplicates, late, foreign and malformed ones, and those without an allocation."""
    turn = orders.choose()
    forged = turn.id[:-1] + ("0" if turn.id[-1] != "0" else "1")
    other_version = turn.id.replace("-1.", "-2.", 1)
    for junk in ("", "x", "1.2.3", turn.id + "\n", turn.id.upper(), None, 5, b"\0", turn.id * 2):
        assert not orders.report(junk, quality=1.0)  # type: ignore[arg-type]
    assert not orders.report(forged, quality=1.0)
    assert not orders.report(other_version, quality=1.0)
    picture = orders._link.picture  # type: ignore[union-attr]
    slot = picture._slots[-1]
    old = picture._sealer.decide(slot.start, int(time.time()) - 15 * 24 * 3600, "0" * 16)
    assert orders.report(old, quality=1.0)
    foreign = picture._sealer.decide(f"{'0' * 8}-1.{slot.arm.id}.", int(time.time()), "1" * 16)
    assert orders.report(foreign, quality=1.0)
    without = picture._sealer.decide(slot.start.replace("-1.", "-0."), int(time.time()), "2" * 16)
    assert orders.report(without, quality=1.0)
    assert [row[6] for row in outcomes(scene)] == [*(LATE, OTHER_LOCK, NO_ALLOCATION)]
    store = scene.open()
    assert scene.holds(store)["n"] == 0
    store.close()


def test_a_report_through_another_suite_or_lock_costs_no_outcome(
    scene: Scene, orders: Live, tmp_path: Any
) -> None:
    found = read_lock(scene.lock)
    write_lock(found.with_entry("others", found.entries[SUITE]))
    (tmp_path / "newer").mkdir()
    state = scene.state or scene.place.address
    newer = Scene(tmp_path / "newer", state, ("Read: {{m}}", "New: {{m}}"))
    turn = orders.choose()
    with live(scene.lock, "others", state) as others, live(newer.lock, SUITE, state) as new:
        assert not others.report(turn.id, quality=0.0)
        assert new.report(turn.id, quality=0.0)
        assert turn.report(1.0)
        assert not turn.report(1.0)
    assert [(row[2], row[6]) for row in outcomes(scene)] == [(0.0, OTHER_LOCK), (1.0, "")]


def test_figures_that_are_none_are_refused(orders: Live) -> None:
    turn = orders.choose()
    none: list[Any] = [None, 1.1, float("nan"), "good", b"1", "", 10**400, 10**5000, -1, [1.0], 1j]
    for quality in none:
        with pytest.raises(SettingsError, match="quality must be a number from 0 to 1"):
            turn.report(quality)
    wrong: list[Any] = [-1, True, "3", b"3", 10**400, 10**5000, float("inf"), float("nan")]
    for tokens in wrong:
        with pytest.raises(SettingsError, match="tokens must be a number from 0 on"):
            turn.report(1.0, tokens=tokens)
    assert turn.report(error=True)


def test_whether_an_answer_was_right_is_a_quality(scene: Scene, orders: Live) -> None:
    for right in (True, False, np.True_, np.bool_(False)):
        assert orders.choose().report(quality=right)  # type: ignore[arg-type]
    assert [row[2] for row in outcomes(scene)] == [1.0, 0.0, 1.0, 0.0]


def test_what_passes_is_no_failure_whatever_was_expected(make_scene: Any) -> None:
    scene = make_scene(pass_mark=0.8)
    with live(scene.lock, SUITE, scene.state) as orders:
        for quality in (1.0, 0.8, 0.75):
            turn = orders.choose()
            turn.answer(lambda _request: "wrong", m=str(quality))
            assert turn.report(quality, expected="right")
    store = scene.open()
    (row,) = store.queue(SUITE)
    store.close()
    assert row.queued.inputs == '{"m":"0.75"}'


def test_a_turn_has_the_name_that_status_shows(scene: Scene, orders: Live) -> None:
    names = {(turn.name, turn.genome["how"]) for turn in (orders.choose() for _ in range(2000))}
    assert names == set(zip(("genome", "candidate-1", "candidate-2"), TEXTS, strict=True))


def test_production_failures_are_queued(scene: Scene) -> None:
    def redact(inputs: Any) -> Any:
        return {**inputs, "m": "***"} if inputs["m"] != "secret" else None

    with live(scene.lock, SUITE, scene.state, redact=redact) as orders:
        failed, fine, secret = orders.choose(), orders.choose(), orders.choose()
        for turn, message in ((failed, "a"), (fine, "b"), (secret, "secret")):
            turn.answer(lambda _request: "wrong", m=message)
        failed.report(0.0)
        fine.report(1.0)
        secret.report(0.0)
        orders.report(failed.id, quality=0.0, expected="48213")
        orders.report(fine.id + "x", quality=0.0, expected="junk")
        store = scene.open()
        (row,) = store.queue(SUITE)
        store.close()
    assert (row.decision, row.status) == (failed.id, "ready")
    assert row.queued == ('{"m":"***"}', None, '"48213"')


def test_a_late_report_without_inputs_waits_for_them(scene: Scene, orders: Live) -> None:
    turn = orders.choose()
    turn.report(1.0)
    statuses = []
    for inputs in (None, {"m": "x"}):
        orders.report(turn.id, quality=0.0, expected="48213", inputs=inputs)
        store = scene.open()
        statuses += [row.status for row in store.queue(SUITE)]
        store.close()
    assert statuses == ["waits", "ready"]


def test_a_failure_is_queued_if_it_is_asked_for(scene: Scene, orders: Live) -> None:
    orders.choose().report(0.0)
    turn = orders.choose()
    turn.request(m="x")
    turn.report(0.0, expected={"number": 5})
    orders.choose().report(0.0, expected=object())
    store = scene.open()
    rows = store.queue(SUITE)
    store.close()
    assert [(row.decision, row.queued.inputs, row.queued.expected) for row in rows] == [
        (turn.id, '{"m":"x"}', '{"number":5}')
    ]


def test_events_tell_what_happens(scene: Scene) -> None:
    told: list[Any] = []

    def broken(_event: object) -> None:
        raise RuntimeError("a subscriber's own mistake")

    ends = [events.subscribe(told.append), events.subscribe(broken)]
    try:
        with live(scene.lock, SUITE, scene.state) as orders:
            turn = orders.choose()
            turn.answer(lambda _request: Completion("1", 2, 3, 4.0), m="x")
            turn.report(0.5)
    finally:
        for end in ends:
            end()
    by_kind = {type(event): event for event in told}
    assert by_kind[events.StageChanged].stage == 0
    chosen, answered = by_kind[events.Chosen], by_kind[events.Answered]
    assert (chosen.decision, chosen.arm, chosen.share) == (turn.id, turn.arm, turn.share)
    assert (answered.prompt_tokens, answered.completion_tokens) == (2, 3)
    assert by_kind[events.Reported].is_stored


def test_threads_report_side_by_side(scene: Scene, orders: Live) -> None:
    def work() -> None:
        for _ in range(20):
            assert orders.choose().report(1.0)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = scene.open()
    scene.place.spool_of(5.0).drain(store)
    store.close()
    assert len(outcomes(scene)) == 160


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_serves_with_connections_of_its_own(scene: Scene, orders: Live) -> None:
    assert orders.choose().report(1.0)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:  # pragma: no cover
            is_fine = False
            try:
                kept = [orders.choose().report(1.0) for _ in range(20)]
                is_fine = all(kept) and wait_until(lambda: not orders.why_locked, 5)
            finally:
                orders.close()
                os._exit(0 if is_fine else 1)
        children.append(child)
    for _ in range(20):
        assert orders.choose().report(1.0)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    store = scene.open()
    scene.place.spool_of(5.0).drain(store)
    assert len(scene.decisions(store)) == 101
    assert scene.holds(store)["equal"]
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_killed_processes_lose_nothing_that_was_acknowledged(scene: Scene) -> None:
    from random import Random

    rng: Random = Random(1)
    found = [kill_round(scene, 4, rng) for _ in range(2)]
    assert [row["lost"] for row in found] == [0, 0]
    for row in found:
        assert row["equal"]
        assert row["in_order"]
        assert row["n"] == row["evidence"] > 0


@pytest.mark.parametrize("value", ["off", " OFF ", "false", "0", "no"])
def test_the_environment_switches_off_without_touching_a_file(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("PROMPTEVO_LIVE", value)
    with live(scene.lock, SUITE, scene.state) as orders:
        assert {text_of(orders.choose()) for _ in range(200)} == {"Read: x"}
        assert not orders.choose().report(1.0)
        assert orders.why_locked == "PROMPTEVO_LIVE=off"
    assert [path.name for path in scene.folder.iterdir()] == ["promptevo.lock"]


def test_what_is_chosen_after_the_end_is_the_locked_genome(scene: Scene, orders: Live) -> None:
    turn = orders.choose()
    orders.close()
    assert {text_of(orders.choose()) for _ in range(200)} == {"Read: x"}
    assert not turn.report(1.0)
    assert orders.why_locked == "it is closed"


def test_an_environment_that_says_neither_on_nor_off_is_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTEVO_LIVE", "aus")
    with pytest.raises(ValueError, match="PROMPTEVO_LIVE must be off or on, not 'aus'"):
        live(scene.lock, SUITE, scene.state)
    monkeypatch.setenv("PROMPTEVO_LIVE", "1")
    with live(scene.lock, SUITE, scene.state) as orders:
        assert not orders.why_locked


def test_processes_with_different_locks_share_a_store_and_no_rollout(
    scene: Scene, tmp_path: Any
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    state = scene.state or scene.place.address
    newer = Scene(other, state, ("Read: {{m}}", "New: {{m}}"))
    with live(scene.lock, SUITE, state) as old, live(newer.lock, SUITE, state) as new:
        assert {text_of(old.choose()) for _ in range(500)} == {"Read: x", "Find: x", "Copy: x"}
        assert {text_of(new.choose()) for _ in range(500)} == {"Read: x", "New: x"}
        assert old.choose().report(1.0)
        assert new.report(old.choose().id, quality=1.0)
    store = scene.open()
    for each in (scene, newer):  # what a busy store could not take in time is beside the locks
        each.place.spool_of(5.0).drain(store)
    assert sorted(scene.decisions(store).values()) == ["", OTHER_LOCK]
    store.close()


def test_a_process_ends_by_itself(scene: Scene) -> None:
    """Threads keep no process alive, and what was counted is written in the end."""
    code = (
        "import sys; from pytest_promptevo.runtime import live\n"
        "orders = live(sys.argv[1], 'orders', sys.argv[2] or None)\n"
        "for _ in range(50): orders.choose()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(scene.lock), scene.state or ""],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    store = scene.open()
    counts = store.exposures(SUITE, scene.lineup.key)
    store.close()
    assert sum(chosen for chosen, _ in counts.values()) == 50
