from __future__ import annotations

from typing import Any

import pytest

from pytest_promptevo.prompt import Output, OutputSpec, parse

JSON = OutputSpec(format="json")
TYPED = OutputSpec(
    format="json",
    schema={
        "type": "object",
        "properties": {"n": {"type": "integer"}, "x": {"multipleOf": 0.5}},
        "required": ["n"],
    },
)
LABELS = OutputSpec(format="label", labels=["Bug", "Feature request", "(other)", "C++"])


@pytest.mark.parametrize(
    ("raw", "data", "mended"),
    [
        ('{"n": 1}', {"n": 1}, 0),
        (' \n{"n": 1}\n ', {"n": 1}, 0),
        ('```json\n{"n": 1}\n```', {"n": 1}, 1),
        ('```\n{"n": 1}\n```', {"n": 1}, 1),
        ('Sure!\n```json\n{"n": 1}\n```\nBye.', {"n": 1}, 1),
        ('```json\n{"n": 1}', {"n": 1}, 1),
        ('Here it is: {"n": 1}. Anything else?', {"n": 1}, 1),
        ('{"n": 1} {"n": 2}', {"n": 1}, 1),
        ('{"n": 1}\n{"n": "x"}', {"n": 1}, 1),
        ('{"n": {"a": 1}}', {"n": {"a": 1}}, 0),
        ("The list: [1, 2]", [1, 2], 1),
        ("7", 7, 0),
        ('"text"', "text", 0),
        ("null", None, 0),
    ],
)
def test_json_is_found_and_mending_counts(raw: str, data: Any, mended: int) -> None:
    output = parse(JSON, raw)
    assert (output.valid, output.data, output.mended) == (True, data, mended)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "the answer is empty"),
        (" \n", "the answer is empty"),
        ("no json", "the answer is not JSON: Expecting value"),
        ("{'n': 1}", "the answer is not JSON: Expecting property name"),
        ('{"n": 1', "the answer is not JSON"),
        ("NaN", "the answer is not JSON: NaN is not JSON"),
        ('{"n": Infinity}', "the answer is not JSON: Infinity is not JSON"),
        ("[" * 100_000, "the answer is not JSON"),
    ],
)
def test_what_is_no_json_is_invalid(raw: str, problem: str) -> None:
    output = parse(JSON, raw)
    assert not output.valid
    assert output.problem.startswith(problem)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ('{"m": 1}', "data must contain ['n'] properties"),
        ('{"n": "1"}', "data.n must be integer"),
        ('```json\n{"n": "1"}\n```', "data.n must be integer"),
        ("[]", "data must be object"),
        ('{"n": 1, "x": 1e400}', "cannot be checked"),
    ],
)
def test_what_breaks_the_schema_is_invalid(raw: str, problem: str) -> None:
    output = parse(TYPED, raw)
    assert not output.valid
    assert output.problem.startswith(problem)


def test_a_recursive_schema_ends_on_deep_data() -> None:
    schema = {"type": "array", "items": {"$ref": "#"}}
    output = parse(OutputSpec(format="json", schema=schema), "[" * 500 + "]" * 500)
    assert output.valid or output.problem.startswith("cannot be checked")


def test_the_candidate_that_fits_the_schema_is_taken() -> None:
    output = parse(TYPED, 'Like [1] or {"n": 2}?')
    assert (output.data, output.mended) == ({"n": 2}, 1)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "no such type"},
        {"type": 7},
        {"$ref": "#/nowhere"},
        {"$ref": "http://example.org/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"properties": []},
        {"pattern": "("},
    ],
)
def test_a_wrong_schema_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        _ = OutputSpec(format="json", schema=schema).check


@pytest.mark.parametrize(
    ("raw", "label", "mended"),
    [
        ("Bug", "Bug", 0),
        ("bug", "Bug", 0),
        (" FEATURE REQUEST.\n", "Feature request", 0),
        ('"Bug"', "Bug", 0),
        ("**Bug**", "Bug", 0),
        ("(other)", "(other)", 0),
        ("c++", "C++", 0),
        ("It is a bug.", "Bug", 1),
        ("Label: C++!", "C++", 1),
    ],
)
def test_a_label_is_found_and_mending_counts(raw: str, label: str, mended: int) -> None:
    output = parse(LABELS, raw)
    assert (output.valid, output.data, output.mended) == (True, label, mended)


@pytest.mark.parametrize("raw", ["bug or feature request", "debugging", "none", "..."])
def test_an_answer_with_no_label_or_several_is_invalid(raw: str) -> None:
    output = parse(LABELS, raw)
    assert not output.valid
    assert output.problem == "the answer must be one of: Bug, Feature request, (other), C++"


def test_a_text_is_taken_as_it_is() -> None:
    assert parse(OutputSpec(), " ```x``` ") == Output("```x```", "```x```")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("2 + 2 makes 4.\nAnswer: 4", "4"),
        ("Answer: 3? No.\nAnswer: 4\n", "4"),
        ("4", "4"),
    ],
)
def test_thoughts_before_the_answer_are_dropped(raw: str, text: str) -> None:
    assert parse(OutputSpec(), raw, cot=True).text == text


def test_thoughts_without_an_answer_are_empty() -> None:
    assert not parse(OutputSpec(), "Let me think. Answer:", cot=True).valid


def test_the_mark_of_the_answer_is_text_where_nobody_asked_for_thoughts() -> None:
    assert parse(OutputSpec(), "Answer: 4").text == "Answer: 4"


def test_an_answer_of_a_million_values_is_invalid_and_not_parsed() -> None:
    output = parse(JSON, f"[{'[],' * 1_000_000}0]")
    assert not output.valid
    assert output.problem == "it holds more than 500,000 values"


def test_no_label_is_looked_for_in_an_answer_without_end() -> None:
    labels = OutputSpec(format="label", labels=[f"l{number}" for number in range(5000)])
    output = parse(labels, "xl1 " * 50_000 + "l1")
    assert not output.valid
    assert output.problem == "the answer is too long for a label"
    assert parse(labels, "xl1 " * 500 + "l1").data == "l1"


def test_what_is_wrong_with_many_answers_is_kept_once() -> None:
    first, second = parse(LABELS, "no idea"), parse(LABELS, "none of them")
    assert first.problem == "the answer must be one of: Bug, Feature request, (other), C++"
    assert first.problem is second.problem  # of thousands of labels it is a long text
