from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.suite_facts import SuiteFacts
from pytest_promptevo.project.verdict_record import (
    ExampleRecord,
    GateRecord,
    Record,
    from_plain,
    to_plain,
)
from pytest_promptevo.reports.model import RunReport

FACTS = SuiteFacts(
    suite="orders",
    lock="/p/promptevo.lock",
    threshold=0.8,
    weights={"quality": 1.0, "tokens": -0.001},
    total=3,
    state="locked",
    stale=("the scorers",),
    damage="orders.jsonl:3: not a recording",
)


UNSEEN = figures([Score(0.0, 1.5, 7, 1), Score(1.0, 1.5, 7, 1), Score(0.2, 1.5, 7)], Objectives())
NEVER_SAW = "that its search never saw (1 of them gone or edited: at their worst)"


def example(name: str, quality: float, **changes: Any) -> ExampleRecord:
    values = {"standing": Standing.PASSED if quality == 1.0 else Standing.REGRESSED, **changes}
    return ExampleRecord(FACTS, name, Score(quality, 1.5, 7, 1), **values)


@pytest.mark.parametrize(
    "record",
    [
        example("a", 1.0),
        *(example("a", 0.5, standing=standing) for standing in Standing),
        example("a", 0.0, standing=Standing.KNOWN, locked=True, is_new=True, draws=3, passes=1),
        GateRecord(FACTS, is_judged=True, breaches=("too low", "too slow")),
        GateRecord(FACTS, is_judged=True, figures=UNSEEN, unseen=UNSEEN, which=NEVER_SAW),
        GateRecord(FACTS, is_judged=True, breaches=("too few are left",), is_lost=True, fell=True),
        GateRecord(FACTS, is_judged=False),
    ],
)
def test_a_record_crosses_as_json(record: Record) -> None:
    again = from_plain(json.loads(json.dumps(to_plain(record))))
    assert again == record
    assert type(again) is type(record)
    hash(again.facts.stale)  # a tuple, as it was


def test_records_of_all_processes_make_one_report() -> None:
    records = [
        example("c", 0.0, is_new=True, is_held_out=True),
        GateRecord(FACTS, is_judged=True, unseen=UNSEEN, which=NEVER_SAW),
        example("b", 1.0, locked=True, is_held_out=True),
        example("a", 1.0, is_new=True),
    ]
    (suite,) = RunReport.of(records).suites
    assert (suite.passed, suite.figures.fitness.n, suite.passes) == (2, 3, True)
    assert (suite.improved, suite.regressed, suite.new) == (("b",), ("c",), 2)
    assert suite.decides is UNSEEN  # which knows of one more than was tested
    assert suite.which == NEVER_SAW


@pytest.mark.parametrize(
    ("standing", "regressed"),
    [
        (Standing.FAILED, ()),
        (Standing.KNOWN, ()),
        (Standing.UNSTABLE, ()),
        (Standing.WORSE, ("a",)),
        (Standing.REGRESSED, ("a",)),
    ],
)
def test_what_the_lock_does_not_excuse_regressed(
    standing: Standing, regressed: tuple[str, ...]
) -> None:
    (suite,) = RunReport.of([example("a", 0.0, standing=standing)]).suites
    assert (suite.regressed, suite.passed) == (regressed, 0)


@pytest.mark.parametrize(
    "gates", [[], [GateRecord(FACTS, is_judged=False, unseen=UNSEEN, which=NEVER_SAW)]]
)
def test_where_no_gate_has_decided_the_figures_are_of_what_was_tested(
    gates: list[GateRecord],
) -> None:
    tested = [example(name, 1.0, is_held_out=True) for name in "ab"]
    (suite,) = RunReport.of([*tested, *gates]).suites
    assert suite.unseen is None
    assert suite.decides.fitness.n == 2


def test_what_a_gate_has_decided_is_shown_where_a_part_was_tested() -> None:
    gate = GateRecord(FACTS, is_judged=True, breaches=("too low",), figures=UNSEEN)
    for tested in ([example("a", 0.0)], []):
        (suite,) = RunReport.of([*tested, gate]).suites
        assert (suite.passes, suite.decides, suite.unseen) == (False, UNSEEN, None)
        assert (suite.passed, suite.tested, suite.total) == (0, len(tested), 3)


@pytest.mark.parametrize(
    ("gate", "passes"),
    [
        (None, None),
        (GateRecord(FACTS, is_judged=False), None),
        (GateRecord(FACTS, is_judged=True, breaches=("too low",)), False),
    ],
)
def test_a_gate_that_saw_a_part_judges_nothing(gate: GateRecord | None, passes: Any) -> None:
    records: list[Record] = [example("a", 1.0), *([gate] if gate else [])]
    assert RunReport.of(records).suites[0].passes is passes


def test_the_record_of_an_example_does_not_grow_with_its_suite() -> None:
    many = replace(FACTS, total=200_000)
    told = json.dumps(to_plain(replace(example("a", 1.0), facts=many)))
    assert len(told) < 1_000  # each of them is kept, and crosses pytest-xdist
