from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_promptevo.evolve import Generation
from pytest_promptevo.fitness import Gate, Objectives, Score, figures
from pytest_promptevo.genome import Genome
from pytest_promptevo.improve.plan import Outcome
from pytest_promptevo.reports.model import RunReport, SuiteReport
from pytest_promptevo.reports.search_model import SearchReport
from pytest_promptevo.reports.search_text import before_after, search_text
from pytest_promptevo.reports.terminal import run_lines, suites_table

SCORES = [Score(1.0, 10, 7), Score(0.0, 20, 9, 1)]
FIGURES = figures(SCORES, Objectives())


def row(**changes: Any) -> SuiteReport:
    values: dict[str, Any] = {
        "suite": "orders",
        "figures": FIGURES,
        "total": 2,
        "threshold": 0.8,
        "state": "locked",
        "passes": False,
        "passed": 1,
        "tested": 2,
    }
    return SuiteReport(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, " 1/2 "),
        ({"total": 9}, "1/2 of 9"),
        ({}, "FAIL"),
        ({"passes": True}, "pass"),
        ({"passes": None}, " - "),
        ({}, " 0.500 "),
        ({}, "  0.50"),
        ({}, " 15/20 "),
        ({"suite": "1e5"}, "1e5 "),
    ],
)
def test_a_suite_is_a_row(changes: dict[str, Any], cell: str) -> None:
    assert cell in suites_table([row(**changes)]).splitlines()[-1]


def outcome(**changes: Any) -> Outcome:
    before = Genome({"how": "Extract.", "shots": (), "cot": False})
    after = Genome({"how": "Only " + "the number " * 9, "shots": ("a", "b"), "cot": False})
    gates = (Gate(FIGURES, 0.8, ("too low",)), Gate(figures(SCORES[:1], Objectives()), 0.8, ()))
    history = (Generation(1, 24, 0.5, 0.25, 12, after),)
    values: dict[str, Any] = {
        "before": before,
        "after": after,
        "result": SimpleNamespace(
            recommended=after,
            calls=30,
            stopped="converged",
            history=history,
            fitness=FIGURES,
            births={},
            proposals=0,
            refused=(),
        ),
        "calls": 34,
        "confirmation": None,
        "unseen_ids": (),
        "unseen": gates,
        "gate": gates[1],
        "accepted": True,
        "reason": "not confirmed: too few examples",
        "evaluations": {},
    }
    return Outcome(**{**values, **changes})


def report(**changes: Any) -> SearchReport:
    return SearchReport.of("orders", outcome(**changes), paid=4)


def test_what_figures_are_of_stands_beside_them() -> None:
    of_all, of_some = row(), row(unseen=figures(SCORES[:1], Objectives()))
    head, _, first, second = suites_table([of_all, of_some]).splitlines()
    at = head.index(" of ", head.index("95 % CI")) + 1
    assert (first[at:].split()[0], second[at:].split()[:2]) == ("all", ["1", "unseen"])


def test_before_and_after_stand_side_by_side() -> None:
    rows = before_after(report())
    assert [each[0] for each in rows] == ["fitness", "quality", "latency_ms", "tokens", "repairs"]
    assert rows[2][2] == "10.0 [10.0, 10.0] ms"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {},
            "orders: searched with 34 calls (converged); a call is "
            "an answer it needed, known or not\n"
            "  4 of the answers of baseline, search and test were asked of the model now",
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
    assert said in search_text(report(**changes))


def test_a_gene_that_did_not_change_is_not_told() -> None:
    text = search_text(report())
    assert "cot" not in text
    assert max(map(len, text.splitlines())) < 120


def test_a_run_of_nothing_is_told_by_nothing() -> None:
    assert run_lines(RunReport()) == []


def test_what_deserves_a_line_follows_the_table() -> None:
    suite = row(
        improved=("a",),
        regressed=tuple(f"e{number}" for number in range(10)),
        stale=("the scorers", "the golden examples"),
        damage="recordings.jsonl:3: not a recording",
        unseen=figures(SCORES[:1], Objectives()),
        which="that its search never saw (1 of them gone or edited: at their worst)",
        new=2,
    )
    lines = run_lines(RunReport((suite,)))
    assert lines[3:] == [
        f"orders: {figures(SCORES[:1], Objectives()).explained()}",
        "orders: improved, no longer failing: a",
        "orders: regressed: e0, e1, e2, e3, e4, e5, e6, e7 and 2 more",
        "orders: the answers to 2 of 2 examples are not the committed ones: "
        "--promptevo-update-lock accepts them",
        "orders: the figures are those of the 1 examples that its search never saw (1 of them "
        "gone or edited: at their worst), which decide; fitness of all: 0.381 [-7.313, 1.000]",
        "orders: the lock is out of date (the scorers, the golden examples changed): "
        "run --promptevo-update-lock",
        "orders: warning: recordings.jsonl:3: not a recording; damaged lines were not used",
    ]


def test_a_suite_of_which_nothing_is_to_be_said_has_its_row_alone() -> None:
    assert len(run_lines(RunReport((row(passes=True),)))) == 3


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({"fell": True}, "undo the change, or run --promptevo-update-lock"),
        (
            {"fell": True, "passes": True, "regressed": ("a",)},
            "undo the change, or --promptevo-update-lock accepts it",
        ),
        ({"fell": True, "passes": True}, "--promptevo-update-lock accepts the change"),
        ({"is_lost": True, "can_evolve": True}, "put the held-out examples back, or run --evolve"),
        ({"is_lost": True}, "put the held-out examples back"),
    ],
)
def test_a_lock_out_of_date_is_told_with_what_ends_that(changes: dict[str, Any], way: str) -> None:
    lines = run_lines(RunReport((row(stale=("the scorers",), **changes),)))
    assert lines[-1] == f"orders: the lock is out of date (the scorers changed): {way}"
