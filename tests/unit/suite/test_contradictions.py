from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pytest_promptevo.errors import GoldenError
from pytest_promptevo.prompt import Example
from pytest_promptevo.suite.contradictions import checked_labels


def checked(*pairs: tuple[Any, Any]) -> tuple[Example, ...]:
    rows = [
        Example(f"e{index}", {"m": text}, expected, line=index + 1)
        for index, (text, expected) in enumerate(pairs)
    ]
    return checked_labels(rows, Path("g.jsonl"), GoldenError)


@pytest.mark.parametrize(
    "same",
    ["Where is it?", "where is it", "Where  is it?!", "WHERE\nIS, IT.", '"Where is it?"'],
)
def test_the_same_input_with_two_labels_names_both_lines(same: str) -> None:
    with pytest.raises(GoldenError, match=r"g\.jsonl:3: 'e2' expects \"b\".*\(line 1\)") as caught:
        checked(("Where is it?", "a"), ("Who is it?", "b"), (same, "b"))
    assert "mend or remove one of them" in caught.value.hint


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("order 17", "order 18"),
        ("3 + 4", "3 - 4"),
        ("1.5", "15"),
        ("-5", "5"),
        ("$5", "£5"),
        (":)", ":("),
        ([1, 2], [12]),
        ({"a": "x"}, {"b": "x"}),
        (1, True),
    ],
)
def test_other_inputs_may_have_other_labels(first: Any, second: Any) -> None:
    assert len(checked((first, "a"), (second, "b"))) == 2


def test_what_is_copied_may_differ_as_its_input_does() -> None:
    assert len(checked(("I am ANNA", "ANNA"), ("i am anna", "anna"))) == 2
    with pytest.raises(GoldenError, match="with the same inputs"):
        checked(("I am ANNA", "ANNA"), ("I am ANNA", "anna"))


def test_the_same_label_twice_is_no_error() -> None:
    assert len(checked(("x", {"n": 1}), ("X.", {"n": 1}), ("x", {"n": 1}))) == 3


def test_a_later_copy_is_compared_with_every_earlier_one() -> None:
    with pytest.raises(GoldenError, match=r":3: .*\(line 2\)"):
        checked(("I am ANNA", "ANNA"), ("i am anna", "anna"), ("i am anna", "ANNA"))


def test_a_label_is_compared_with_every_spelling_of_its_input() -> None:
    with pytest.raises(GoldenError, match=r"'e2' expects \"NO\".*\(line 2\)"):
        checked(("Is it?", "no"), ("is it", "no"), ("is it", "NO"))
    with pytest.raises(GoldenError, match=r"'e2' expects \"yes\".*\(line 1\)"):
        checked(("Is it?", "no"), ("is it", "no"), ("is it", "yes"))


def test_thousands_of_spellings_of_one_input_are_compared_at_once() -> None:
    spellings = [f"ok {number:012b}".replace("0", ".").replace("1", ",") for number in range(3_000)]
    begin = time.process_time()
    assert len(checked(*((text, "yes") for text in spellings))) == 3_000
    assert time.process_time() - begin < 2
