"""What a search leaves of itself, and what of a note that anybody may have written is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.improve import search_record
from pytest_promptevo.improve.plan import Plan, split_of
from pytest_promptevo.improve.remember import record_of
from pytest_promptevo.improve.search import search
from pytest_promptevo.improve.search_record import SearchRecord, read_record, write_record
from unit.support import make_evaluator

if TYPE_CHECKING:
    from pathlib import Path

PARTS: dict[str, Any] = {
    "golden": [
        {"id": f"e{at}", "inputs": {"message": f"order {1000 + 13 * at}"}, "expected": f"{at % 3}"}
        for at in range(24)
    ],
    "prompt": {"user": "{{how}} {{message}}"},
    "genome": {"how": "bad", "max_tokens": 32},
    "search": {"how": ["bad", "good", "fair"], "max_tokens": {"low": 8, "high": 64}},
}


def answer(request: Any) -> str:
    text = request.messages[-1].content
    at = (int(text.split()[-1]) - 1000) // 13
    right = {"good": True, "fair": at % 2 == 0, "bad": False}[text.split()[0]]
    return str(at % 3) if right else "?"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> SearchRecord:
    evaluator, _ = make_evaluator(tmp_path_factory.mktemp("search"), answer, **PARTS)
    plan = Plan("racing", seed=1)
    outcome = search(evaluator, evaluator.suite.shipped, plan)
    evaluator.answers.store.close()
    parts, _ = split_of(evaluator.suite, plan)
    made = record_of(evaluator.suite, outcome, plan, parts.search)
    assert made is not None
    return made


def test_a_record_says_how_a_search_went(record: SearchRecord) -> None:
    assert record.accepted
    assert record.examples == 12
    assert record.tried[record.before].genome["how"] == "bad"
    assert record.tried[record.found].genome["how"] == "good"
    assert record.tried[record.found].quality == [1.0, pytest.approx(0.7575, abs=1e-3), 1.0]
    assert record.trace[-1].tried == record.found
    assert [step.calls for step in record.trace] == sorted(step.calls for step in record.trace)
    assert max(record.tried[place].quality[0] for place in record.front) == 1.0
    assert record.confirmed is not None
    assert [figures.n for figures in record.test] == [12, 12]


def test_its_rows_are_of_the_old_the_found_and_others_that_differ(record: SearchRecord) -> None:
    rows = [record.tried[row.tried].genome["how"] for row in record.rows]
    assert rows[:2] == ["bad", "good"]
    assert len({tuple(sorted(row.quality.items())) for row in record.rows}) == len(rows)
    assert all(len(row.quality) == record.examples for row in record.rows)


def test_values_are_compared_as_if_all_genomes_had_seen_all(record: SearchRecord) -> None:
    means = {"bad": [], "good": []}
    for tried in record.tried:
        means.get(tried.genome["how"], []).append(tried.adjusted)
    assert min(means["good"]) > max(means["bad"])


def test_a_record_comes_back_as_it_was_written(record: SearchRecord, tmp_path: Path) -> None:
    path = tmp_path / ".promptevo" / "orders.search.json"
    write_record(path, record)
    assert read_record(path) == record
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_a_record_that_is_too_large_is_not_kept_and_no_older_one_stays(
    record: SearchRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".promptevo" / "orders.search.json"
    write_record(path, record)
    monkeypatch.setattr(search_record, "MOST_BYTES", 1000)
    assert read_record(path) is None
    write_record(path, record)
    assert not path.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"found": 10_000},
        {"front": [99_999]},
        {"trace": [{"calls": 1, "tried": 77_777}]},
        {"before": -1},
        {"version": 1},
        {"calls": "many"},
        {"calls": 10**400},
        {"tried": []},
        {"test": []},
        {"more": 1},
        {"seed": 1e308},
        {"examples": float("inf")},
    ],
)
def test_what_makes_no_sense_is_no_record(
    record: SearchRecord, tmp_path: Path, change: dict[str, Any]
) -> None:
    path = tmp_path / "orders.search.json"
    path.write_text(json.dumps({**record.model_dump(), **change}), "utf-8")
    assert read_record(path) is None


@pytest.mark.parametrize("number", [1e300, float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["tried", "test"])
def test_figures_that_cannot_be_drawn_make_no_record(
    record: SearchRecord, tmp_path: Path, number: float, where: str
) -> None:
    path = tmp_path / "orders.search.json"
    plain = record.model_dump()
    if where == "tried":
        plain["tried"][0]["quality"][1] = number
    else:
        plain["test"][0]["fitness"]["mean"] = number
    path.write_text(json.dumps(plain), "utf-8")
    assert read_record(path) is None


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "[]", "\udcff"])
def test_what_is_no_json_is_no_record(tmp_path: Path, text: str) -> None:
    path = tmp_path / "orders.search.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_record(path) is None


def test_where_nothing_can_be_written_the_search_goes_on(
    record: SearchRecord, tmp_path: Path
) -> None:
    (tmp_path / ".promptevo").mkdir()
    (tmp_path / ".promptevo" / "orders.search.json").mkdir()
    write_record(tmp_path / ".promptevo" / "orders.search.json", record)
    write_record(tmp_path / "orders.search.json", None)
    assert not (tmp_path / "orders.search.json").exists()
