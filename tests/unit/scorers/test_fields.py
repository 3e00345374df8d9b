from __future__ import annotations

from typing import Any

import pytest

from pytest_promptevo.prompt import Output
from pytest_promptevo.scorers import Judged
from pytest_promptevo.scorers.fields import expected_fields, number_in, numeric
from unit.support import expecting


def score(scorer: Any, data: Any, expected: Any) -> Judged:
    judged = scorer(Output("", data), expecting(expected))
    assert isinstance(judged, Judged)
    return judged


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7.0),
        (-1.5, -1.5),
        ("7", 7.0),
        ("€ 1,299.00 per month", 1299.0),
        ("-3", -3.0),
        ("about .5", 0.5),
        ("1e3", 1000.0),
        ("1,2", 1.0),
        ("12,345,678", 12345678.0),
        ("none", None),
        ("", None),
        (None, None),
        (True, None),
        ([7], None),
    ],
)
def test_the_first_number_is_found(value: Any, number: float | None) -> None:
    assert number_in(value) == number


@pytest.mark.parametrize(
    ("data", "expected", "options", "quality"),
    [
        ("It costs 12 €.", 12, {}, 1),
        (12.0, "12", {}, 1),
        ("12.1", 12, {}, 0),
        ("12.1", 12, {"abs_tol": 0.2}, 1),
        ("110", 100, {"rel_tol": 0.1}, 1),
        ("111", 90, {"rel_tol": 0.1}, 0),
        ("none", 12, {}, 0),
        ("12", "none", {}, 0),
    ],
)
def test_numeric(data: Any, expected: Any, options: Any, quality: float) -> None:
    assert score(numeric(**options), data, expected).quality == quality


@pytest.mark.parametrize(
    ("data", "expected", "reason"),
    [
        ("none", 12, "no number in the output"),
        ("11 of 12", 12, "11, expected 12"),
        ("12", "none", "expected value 'none' is not a number"),
    ],
)
def test_numeric_says_what_is_wrong(data: Any, expected: Any, reason: str) -> None:
    assert score(numeric(), data, expected).reason == reason


@pytest.mark.parametrize("options", [{"rel_tol": -1}, {"abs_tol": -0.1}])
def test_numeric_refuses_negative_tolerances(options: Any) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        numeric(**options)


ORDER = {"number": "4711", "urgent": True, "items": 2}


@pytest.mark.parametrize(
    ("data", "options", "quality"),
    [
        (ORDER, {}, 1),
        ({**ORDER, "more": 1}, {}, 1),
        ({**ORDER, "number": " 4711 "}, {}, 1),
        ({**ORDER, "urgent": 1}, {}, 2 / 3),
        ({**ORDER, "items": "2"}, {}, 2 / 3),
        ({"items": 2.0}, {}, 1 / 3),
        ({}, {}, 0),
        ("no mapping", {}, 0),
        ({"number": "4711"}, {"fields": ["number"]}, 1),
        ({"number": "4711"}, {"fields": ["number", "items"]}, 0.5),
    ],
)
def test_expected_fields_counts_the_fields_that_are_right(
    data: Any, options: Any, quality: float
) -> None:
    assert score(expected_fields(**options), data, ORDER).quality == pytest.approx(quality)


@pytest.mark.parametrize(("ignore_case", "quality"), [(False, 0), (True, 1)])
def test_expected_fields_may_ignore_case(ignore_case: bool, quality: float) -> None:
    assert (
        score(expected_fields(ignore_case=ignore_case), {"a": "X"}, {"a": "x"}).quality == quality
    )


@pytest.mark.parametrize(
    ("data", "expected", "quality"),
    [([1, 2], [1, 2], 1), ([1, 2], [2, 1], 0), ("a", "a", 1), (True, 1, 0), (None, None, 1)],
)
def test_expected_fields_compares_other_values_whole(
    data: Any, expected: Any, quality: float
) -> None:
    assert score(expected_fields(), data, expected).quality == quality


@pytest.mark.parametrize(("data", "quality"), [({}, 1.0), ({"other": 1}, 0.0), ([], 0.0)])
def test_where_no_field_is_expected_none_is_right(data: Any, quality: float) -> None:
    assert score(expected_fields(), data, {}).quality == quality


def test_expected_fields_names_the_wrong_fields() -> None:
    reason = score(expected_fields(), {"a": 1, "b": 2}, {"a": 1, "b": 3, "c": None}).reason
    assert reason == "b: expected 3, c: expected None"


@pytest.mark.parametrize("fields", ["number", [], [1], {"number": 1}, "no"])
def test_expected_fields_refuses_what_is_no_list_of_fields(fields: Any) -> None:
    with pytest.raises(ValueError, match="fields must be a list of names"):
        expected_fields(fields=fields)


@pytest.mark.parametrize(
    ("found", "expected"),
    [(10**400, 1), (1, 10**400), ("1e999", "1e400"), ("9" * 400, "9" * 500)],
    ids=["found", "expected", "exponents", "digits"],
)
def test_numbers_too_large_for_a_comparison_score_nothing(found: Any, expected: Any) -> None:
    judged = numeric()(Output("", found), expecting(expected))
    assert judged == (0.0, "a number is too large to be compared")
