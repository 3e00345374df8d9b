from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_promptevo.fitness import Score
from pytest_promptevo.project.suite_facts import SuiteFacts
from pytest_promptevo.project.verdict_record import (
    ExampleRecord,
    GateRecord,
    Record,
    from_plain,
    to_plain,
)
from pytest_promptevo.reports.model import RunReport
from unit.support import make_recording

FACTS = SuiteFacts("orders", "/p/promptevo.lock", 0.8, {"quality": 1.0}, 3, "locked", (), "")


def example(name: str, quality: float, **changes: Any) -> ExampleRecord:
    values = {"known": False, "passed": quality == 1.0, **changes}
    return ExampleRecord(FACTS, name, Score(quality, 1.5, 7, 1), **values)


@pytest.mark.parametrize(
    "record",
    [
        example("a", 1.0),
        example("a", 0.0, recordings=(make_recording(), make_recording(max_tokens=None))),
        GateRecord(FACTS, ("a", "b"), is_whole=True, breaches=("too low", "too slow")),
    ],
)
def test_a_record_crosses_as_json(record: Record) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(record)))) == record


def test_records_of_all_processes_make_one_report() -> None:
    records = [
        example("c", 0.0),
        GateRecord(FACTS, ("a", "b", "c"), is_whole=True),
        example("b", 1.0, known=True),
        example("a", 1.0),
    ]
    (suite,) = RunReport.of(records).suites
    assert (suite.passed, suite.figures.fitness.n, suite.passes) == (2, 3, True)
    assert (suite.improved, suite.regressed) == (("b",), ("c",))


@pytest.mark.parametrize(
    ("gate", "passes"),
    [
        (None, None),
        (GateRecord(FACTS, ("a",), is_whole=False), None),
        (GateRecord(FACTS, ("a",), is_whole=True, breaches=("too low",)), False),
    ],
)
def test_a_gate_that_saw_a_part_judges_nothing(gate: GateRecord | None, passes: Any) -> None:
    records: list[Record] = [example("a", 1.0), *([gate] if gate else [])]
    assert RunReport.of(records).suites[0].passes is passes
