from __future__ import annotations

from typing import Any

import pytest

from pytest_promptevo.prompt import Output
from pytest_promptevo.scorers import Judged
from pytest_promptevo.scorers.text import contains, exact_match, label, regex
from unit.support import expecting, text_output


def score(scorer: Any, text: str, expected: Any) -> Judged:
    judged = scorer(text_output(text), expecting(expected))
    assert isinstance(judged, Judged)
    return judged


@pytest.mark.parametrize(
    ("text", "expected", "options", "quality"),
    [
        ("4711", "4711", {}, 1),
        (" 4711\n", "4711 ", {}, 1),
        ("0471", "471", {}, 0),
        ("abc", "ABC", {}, 0),
        ("straße", "STRASSE", {"ignore_case": True}, 1),
        ("7", 7, {}, 1),
        ('{"a": 1}', {"a": 1}, {}, 1),
        ("null", None, {}, 1),
    ],
)
def test_exact_match(text: str, expected: Any, options: Any, quality: float) -> None:
    assert score(exact_match(**options), text, expected).quality == quality


@pytest.mark.parametrize(
    ("text", "expected", "options", "quality"),
    [
        ("It is order 4711.", "4711", {}, 1),
        ("It is ORDER 4711.", "order", {}, 1),
        ("It is ORDER 4711.", "order", {"ignore_case": False}, 0),
        ("red and blue", ["red", "blue", "green", "grey"], {}, 0.5),
        ("anything", [], {}, 1),
        ("7 days", [7], {}, 1),
    ],
)
def test_contains(text: str, expected: Any, options: Any, quality: float) -> None:
    assert score(contains(**options), text, expected).quality == quality


@pytest.mark.parametrize(
    ("text", "expected", "options", "quality"),
    [
        ("order 4711", r"\d{4}", {}, 1),
        ("order 47", r"\d{4}", {}, 0),
        ("ORDER", "order", {}, 0),
        ("ORDER", "order", {"ignore_case": True}, 1),
        ("4711", "not used", {"pattern": r"^\d+$"}, 1),
        ("x", "(", {}, 0),
    ],
)
def test_regex(text: str, expected: Any, options: Any, quality: float) -> None:
    assert score(regex(**options), text, expected).quality == quality


@pytest.mark.parametrize(
    ("data", "expected", "options", "quality"),
    [
        ("bug", "Bug", {}, 1),
        ("bug", "Bug", {"ignore_case": False}, 0),
        ("bug", "feature", {}, 0),
        (["no text"], "the raw text", {}, 1),
    ],
)
def test_label(data: Any, expected: str, options: Any, quality: float) -> None:
    output = Output("the raw text", data)
    assert label(**options)(output, expecting(expected)).quality == quality  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("scorer", "expected", "reason"),
    [
        (exact_match(), "4711", "expected '4711'"),
        (contains(), ["x", "4711"], "does not contain ['4711']"),
        (regex(), r"\d", r"no match for '\\d'"),
        (regex(), "(", "expected value '(' is no pattern: missing ), unterminated subpattern"),
        (label(), "4711", "expected '4711'"),
    ],
)
def test_a_wrong_answer_has_a_reason(scorer: Any, expected: Any, reason: str) -> None:
    assert score(scorer, "x", expected).reason.startswith(reason)


@pytest.mark.parametrize("scorer", [exact_match(), contains(), regex(), label()])
def test_a_right_answer_has_none(scorer: Any) -> None:
    assert score(scorer, "x", "x") == Judged(1.0, "")


@pytest.mark.parametrize(
    ("scorer", "expected"), [(contains, ""), (contains, ["a", ""]), (regex, "")]
)
def test_a_blank_expected_value_is_reached_by_no_answer(scorer: Any, expected: Any) -> None:
    """A cell of a table that was forgotten would make a test that cannot fail."""
    assert score(scorer(), "a", expected) == (0.0, "nothing is expected, which every answer fits")


def test_contains_ignores_white_space_around_what_is_expected() -> None:
    assert score(contains(), "It is 4711, sir.", " 4711\n").quality == 1.0
    assert score(contains(), "It is 4711.", ["4711 ", "  "]).quality == 0.0
