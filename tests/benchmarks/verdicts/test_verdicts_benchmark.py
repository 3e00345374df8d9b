"""The benchmark's own books: its worlds, its rows, and its exact power."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pytest_promptevo.prompt import Message, Request

from . import checks
from .__main__ import main
from .against_lock import Locked
from .power import needed, power
from .report import bias, count, share
from .searches import BETTER, FLIPPING, ONE_BETTER, SHARED, SHIPPED, Scene, search_once
from .world import SLOW, World

if TYPE_CHECKING:
    from collections.abc import Sequence

TRUTH = {"Style 0:": SHIPPED, "Style 4:": BETTER}


def ask(world: World, how: str, question: str) -> bool:
    request = Request("scripted:m", (Message("user", f"{how}\n{question}"),))
    return world.answer(request).text == "yes"


def outcomes(world: World, how: str, count: int = 4000) -> np.ndarray:
    return np.array([ask(world, how, f"question {index}") for index in range(count)])


@pytest.mark.parametrize(("shared", "flipping"), [(0.0, 0.45), (SHARED, FLIPPING)])
def test_a_world_is_as_good_as_its_truth(shared: float, flipping: float) -> None:
    shipped, better = (outcomes(World(1, TRUTH, shared), how) for how in TRUTH)
    assert shipped.mean() == pytest.approx(SHIPPED, abs=0.03)
    assert better.mean() == pytest.approx(BETTER, abs=0.03)
    assert np.mean(shipped != better) == pytest.approx(flipping, abs=0.03)


def test_a_question_is_answered_the_same_unless_draws_are_new() -> None:
    kept, anew = World(2, TRUTH), World(2, TRUTH, draws_anew=True)
    assert len({ask(kept, "Style 0:", "q") for _ in range(50)}) == 1
    assert len({ask(anew, "Style 0:", "q") for _ in range(50)}) == 2


def test_the_machine_is_slow_at_first() -> None:
    world = World(3, TRUTH, slow_calls=20)
    request = Request("scripted:m", (Message("user", "Style 0:\nq"),))
    took = [world.answer(request).latency_ms for _ in range(40)]
    assert np.mean(took[:20]) / np.mean(took[20:]) == pytest.approx(SLOW, rel=0.1)


def test_a_search_is_judged_by_what_is_true() -> None:
    scene = Scene("better", ONE_BETTER, 72, shared=SHARED)
    found = [search_once(scene, seed) for seed in range(6)]
    assert found == [search_once(scene, seed) for seed in range(6)]
    started = [each for each in found if each is not None]
    assert started
    for each in started:
        assert each.before == SHIPPED
        assert each.after == (each.candidate if each.accepted else SHIPPED)
        assert not each.green or each.accepted
        assert each.calls > scene.examples


def test_nothing_is_searched_where_the_gate_passes() -> None:
    assert search_once(Scene("passes", ONE_BETTER, 72, threshold=0.1), 0) is None


def test_a_lock_is_compared_as_in_a_run() -> None:
    locked, perfect = Locked(20), np.ones(20)
    assert locked.compared(perfect, perfect) == (False, False)
    one_less = np.array([0.0, *perfect[1:]])
    assert locked.compared(perfect, one_less) == (False, True)
    assert locked.compared(perfect, 0 * perfect) == (True, True)
    assert locked.compared(0 * perfect, perfect) == (False, False)


@pytest.mark.parametrize(("drop", "flips"), [(0.0, 0.5), (0.3, 0.5), (0.2, 0.2)])
def test_power_is_that_of_all_outcomes_counted(drop: float, flips: float) -> None:
    examples, total = 12, 0.0
    for lost, gained in product(range(examples + 1), repeat=2):
        flipped = lost + gained
        tail = sum(comb(flipped, index) for index in range(gained)) + comb(flipped, gained) / 2
        if flipped <= examples and tail / 2**flipped <= 0.01:
            ways = comb(examples, flipped) * comb(flipped, lost)
            chances = ((flips + drop) / 2) ** lost * ((flips - drop) / 2) ** gained
            total += ways * chances * (1 - flips) ** (examples - flipped)
    assert power(drop, examples, flips) == pytest.approx(total, abs=1e-9)


def test_the_examples_needed_are_the_fewest() -> None:
    n = needed(0.1, 0.8)
    assert power(0.1, n) >= 0.8 > power(0.1, n - 1)
    assert all(power(0.1, more) >= 0.8 for more in range(n, 2 * n))


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (share("", 6, 100, most=0.05), False),
        (share("", 5, 100, most=0.05), True),
        (share("", 79, 100, least=0.8), False),
        (share("", 80, 100, least=0.8), True),
        (share("", 80, 100), None),
        (count("", 0, 9), True),
        (count("", 1, 9), False),
        (bias("", [0.02, 0.01], 1.0), False),
        (bias("", [-0.02, -0.01], 1.0), False),
        (bias("", [0.02, -0.02], 1.0), True),
        (bias("", [], None), None),
    ],
)
def test_a_bar_is_met_or_not(row: checks.Row, met: bool | None) -> None:
    assert row.met is met


def test_the_command_says_it_all(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NULL", "BETTER"):
        monkeypatch.setattr(checks, name, _first(getattr(checks, name)))
    monkeypatch.setattr(checks, "DRAWN_ANEW", replace(checks.DRAWN_ANEW, examples=60))
    sizes = ["--searches", "2", "--runs", "10"]
    main(["null", "better", "ci", "power", *sizes])
    table = capsys.readouterr().out
    main(["null", "better", "ci", "power", *sizes, "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["check"] in table for row in rows] == [True] * len(rows)
    assert len(rows) >= 16
    main(["needed"])
    assert capsys.readouterr().out.count("points") == len(checks.DROPS)


def test_unknown_rows_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nul"])
    assert "unknown rows nul" in capsys.readouterr().err


def _first(scenes: Sequence[Scene]) -> tuple[Scene, ...]:
    return (replace(scenes[0], examples=60),)
