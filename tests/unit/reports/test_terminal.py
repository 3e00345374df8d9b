from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_promptevo.fitness import Gate, Objectives, Score, figures
from pytest_promptevo.genome import Genome
from pytest_promptevo.improve.search import Outcome
from pytest_promptevo.reports.terminal import SuiteRow, before_after, evolved, suites_table

SCORES = [Score(1.0, 10, 7), Score(0.0, 20, 9, 1)]
FIGURES = figures(SCORES, Objectives())


def row(**changes: Any) -> SuiteRow:
    values: dict[str, Any] = {
        "suite": "orders",
        "figures": FIGURES,
        "total": 2,
        "threshold": 0.8,
        "state": "locked",
        "passes": False,
        "passed": 1,
    }
    return SuiteRow(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, " 1/2 "),
        ({"total": 9}, "1/2 of 9"),
        ({}, "FAIL"),
        ({"passes": True}, "pass"),
        ({"passes": None}, " - "),
        ({}, "0.500 [0.095, 0.905]"),
        ({}, " 15 / 20 "),
        ({"suite": "1e5"}, "1e5 "),
    ],
)
def test_a_suite_is_a_row(changes: dict[str, Any], cell: str) -> None:
    assert cell in suites_table([row(**changes)]).splitlines()[-1]


def outcome(**changes: Any) -> Outcome:
    before = Genome({"how": "Extract.", "shots": (), "cot": False})
    after = Genome({"how": "Only " + "the number " * 9, "shots": ("a", "b"), "cot": False})
    gates = (Gate(FIGURES, 0.8, ("too low",)), Gate(figures(SCORES[:1], Objectives()), 0.8, ()))
    history = [SimpleNamespace(generation=1, calls=24, best_fitness=0.5, mean_fitness=0.25)]
    values: dict[str, Any] = {
        "before": before,
        "after": after,
        "result": SimpleNamespace(
            recommended=after, calls=30, stopped="converged", history=history
        ),
        "confirmation": None,
        "held_out": gates,
        "gate": gates[1],
        "accepted": True,
        "reason": "not confirmed: too few examples",
    }
    return Outcome(**{**values, **changes})


def test_before_and_after_stand_side_by_side() -> None:
    rows = before_after(outcome())
    assert [each[0] for each in rows] == ["fitness", "quality", "latency_ms", "tokens", "repairs"]
    assert rows[2][2] == "10.0 [10.0, 10.0] ms"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {},
            "orders: searched with 30 calls (converged); 4 asked of the model",
        ),
        ({}, "  how: 'Extract.' -> 'Only the number"),
        ({}, "  shots: [] -> [a, b]"),
        ({}, "2 examples (all)"),
        ({"confirmation": SimpleNamespace()}, "2 examples the search never saw"),
        ({}, "orders: accepted, not confirmed: too few examples"),
        ({"accepted": False, "reason": "worse"}, "orders: not accepted, worse"),
    ],
)
def test_a_search_is_told(changes: dict[str, Any], said: str) -> None:
    suite = cast("Any", SimpleNamespace(name="orders"))
    assert said in evolved(suite, outcome(**changes), paid=4)


def test_a_gene_that_did_not_change_is_not_told() -> None:
    text = evolved(cast("Any", SimpleNamespace(name="orders")), outcome(), paid=0)
    assert "cot" not in text
    assert max(map(len, text.splitlines())) < 120
