from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import GoldenError
from pytest_promptevo.suite import load_suite
from pytest_promptevo.suite.scorer_check import check_scorers
from unit.support import write_suite

if TYPE_CHECKING:
    from pathlib import Path

JSON = {"format": "json"}


def golden(*expected: Any) -> list[dict[str, Any]]:
    return [
        {"id": f"e{index}", "inputs": {"message": f"m{index}"}, "expected": value}
        for index, value in enumerate(expected)
    ]


def check(folder: Path, scorer: Any, *expected: Any, own: Any = None, **parts: Any) -> list[str]:
    path = write_suite(folder, scorers=[scorer], golden=golden(*expected), **parts)
    return check_scorers(load_suite(path, folder, {"own": own} if own else None))


@pytest.mark.parametrize(
    ("scorer", "expected", "output"),
    [
        ("exact_match", "11", None),
        ("exact_match", {"a": 1}, JSON),
        ("exact_match", '{"a": 1}', JSON),
        ("exact_match", 7, None),
        ("exact_match", None, None),
        ("exact_match", "", None),
        ("label", "Bug", {"format": "label", "labels": ["bug", "feature"]}),
        ("contains", ["red", "blue"], None),
        ("contains", "red", JSON),
        ("contains", [], None),
        ("regex", r"\d{4}", None),
        ({"regex": {"pattern": "^[A-Z]"}}, "lower", None),
        ("numeric", 49.99, None),
        ("numeric", "$31.49", None),
        ("numeric", 7, JSON),
        ("fields", {"a": 1, "b": [2]}, JSON),
        ("fields", {"a": 1}, {**JSON, "schema": {"type": "object", "required": ["a", "b"]}}),
        ("fields", {}, JSON),
        ("fields", "text", None),
    ],
)
def test_built_in_scorers_are_right(
    tmp_path: Path, scorer: Any, expected: Any, output: Any
) -> None:
    assert check(tmp_path, scorer, expected, output=output) == []


@pytest.mark.parametrize(
    ("scorer", "expected", "output", "told"),
    [
        (
            "numeric",
            "forty",
            None,
            "scorer numeric should pass the expected output 'forty' (needs 1), "
            "but gave 0: expected value 'forty' is not a number",
        ),
        ("fields", {"a": 1}, None, "but gave 0: a: expected 1"),
        (
            {"regex": {"pattern": "x*"}},
            "x",
            None,
            "scorer regex should not pass an empty output (expected 'x'), but gave 1",
        ),
        ({"fields": {"fields": ["b"]}}, {"a": 1}, JSON, "but gave 0: b: expected None"),
    ],
)
def test_what_cannot_be_right_is_told(
    tmp_path: Path, scorer: Any, expected: Any, output: Any, told: str
) -> None:
    problems = check(tmp_path, scorer, expected, output=output)
    assert len(problems) == 1
    assert "orders.promptevo.yaml:" in problems[0]
    assert f"example 'e0': {told}" in problems[0] or problems[0].endswith(told)


LABELS = {"format": "label", "labels": ["yes", "no"]}


@pytest.mark.parametrize(
    ("scorer", "expected", "said"),
    [
        (
            "exact_match",
            "positive",
            r"promptevo\.yaml:\d+: 'e1' expects 'positive', which is none",
        ),
        ("label", "Yess", r"the labels: yes, no\n  hint: mend the example"),
        ("exact_match", 5, "'e1' expects 5"),
    ],
)
def test_an_expected_text_that_is_no_label_is_refused(
    tmp_path: Path, scorer: str, expected: Any, said: str
) -> None:
    with pytest.raises(GoldenError, match=said):
        check(tmp_path, scorer, "yes", expected, output=LABELS)
    assert not check(tmp_path, scorer, "yes", "no", None, output=LABELS)
    path = write_suite(
        tmp_path, scorers=[scorer], golden=golden(expected), output=LABELS, scorer_check=False
    )
    assert load_suite(path, tmp_path)


@pytest.mark.parametrize("scorers", [["own"], ["own", "similarity"], ["own", "label"]])
def test_a_text_that_is_no_label_is_refused_whatever_scorer_of_the_users_there_is(
    tmp_path: Path, scorers: list[str]
) -> None:
    own = {"own": lambda: lambda _output, _example: True}
    path = write_suite(tmp_path, scorers=scorers, golden=golden("yes", "a note"), output=LABELS)
    with pytest.raises(GoldenError, match=r"(?s)'e1' expects 'a note', .*scorer_check: false for"):
        load_suite(path, tmp_path, own)


@pytest.mark.parametrize(
    ("scorers", "expected"),
    [
        (["own"], ["a", "note"]),
        (["own"], {"either": ["yes", "no"]}),
        (["own"], None),
        (["regex"], "^y"),
        (["own", "regex"], "^y"),
        (["contains"], "ye"),
        (["similarity"], "yes, of course"),
    ],
)
def test_what_only_describes_a_label_need_be_none(
    tmp_path: Path, scorers: list[str], expected: Any
) -> None:
    own = {"own": lambda: lambda _output, _example: True}
    path = write_suite(tmp_path, scorers=scorers, golden=golden(expected), output=LABELS)
    assert load_suite(path, tmp_path, own)


def test_a_scorer_that_passes_everything_is_told(tmp_path: Path) -> None:
    problems = check(tmp_path, "own", "a", "b", own=lambda: lambda _output, _example: True)
    assert len(problems) == 1
    assert "scorer own should not pass an empty output (expected 'a'), but gave 1" in problems[0]
    assert problems[0].endswith("(and 1 more like it)")


def test_a_scorer_that_passes_nothing_is_told(tmp_path: Path) -> None:
    problems = check(tmp_path, "own", "a", own=lambda: lambda _output, _example: (0.5, "so so"))
    assert len(problems) == 1
    assert problems[0].endswith("expected output 'a' (needs 1), but gave 0.5: so so")


def test_a_scorer_that_raises_on_a_right_answer_is_told(tmp_path: Path) -> None:
    def fragile() -> Any:
        return lambda output, _example: output.data["colour"] == "red"

    problems = check(tmp_path, "own", {"a": 1}, own=fragile, output=JSON)
    assert problems[0].endswith("but raised KeyError: 'colour'")
    assert check(tmp_path, "own", {"colour": "red"}, own=fragile, output=JSON) == []


@pytest.mark.parametrize("expected", [None, ["polite", "short"], {"tone": "polite"}])
def test_an_expected_value_that_only_describes_the_answer_is_left_out(
    tmp_path: Path, expected: Any
) -> None:
    assert check(tmp_path, "own", expected, own=lambda: lambda _output, _example: 0) == []


def test_the_pass_mark_counts(tmp_path: Path) -> None:
    def half() -> Any:
        return lambda output, _example: 0.5 if output.text else 0.4

    assert check(tmp_path, "own", "a", own=half, pass_mark=0.5) == []
    assert len(check(tmp_path, "own", "a", own=half, pass_mark=0.3)) == 1


def test_the_options_of_an_example_count(tmp_path: Path) -> None:
    examples = golden("7", "8")
    examples[1]["scorers"] = {"own": {"passes": True}}
    own = {"own": lambda *, passes=False: lambda output, _example: passes or bool(output.text)}
    path = write_suite(tmp_path, scorers=["own"], golden=examples)
    (problem,) = check_scorers(load_suite(path, tmp_path, own))
    assert "example 'e1'" in problem


def test_few_examples_are_tried_and_each_expected_value_once(tmp_path: Path) -> None:
    tried = []

    def own() -> Any:
        return lambda output, example: tried.append(example.id) or bool(output.text)

    assert check(tmp_path, "own", *["a", "b"] * 100, own=own) == []
    assert tried == ["e0", "e1"] * 2
    tried.clear()
    check(tmp_path, "own", *map(str, range(1000)), own=own)
    assert len(tried) == 40


def test_a_suite_may_do_without(tmp_path: Path) -> None:
    own = lambda: lambda _output, _example: 1  # noqa: E731
    assert check(tmp_path, "own", "a", own=own, scorer_check=False) == []


def test_the_line_of_the_golden_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "golden.csv").write_text("message,expected\nhi,1\nho,one\n")
    path = write_suite(tmp_path, scorers=["numeric"], golden="golden.csv")
    (problem,) = check_scorers(load_suite(path, tmp_path))
    assert "golden.csv:3: example" in problem
