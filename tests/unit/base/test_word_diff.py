from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.base.word_diff import Part, word_diff

WIDE = 10_000
TEXTS = st.lists(
    st.sampled_from([*"ab \n.,{é", "the", "order", "number", "\n\n"]), max_size=40
).map("".join)


def side(parts: list[Part], other: str) -> str:
    return "".join(part.text for part in parts if part.op != other)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_it_whole(before: str, after: str) -> None:
    parts = word_diff(before, after, WIDE)
    assert (side(parts, "new"), side(parts, "gone")) == (before, after)
    assert all(part.text for part in parts)
    assert all(one.op != other.op for one, other in pairwise(parts))


def test_what_changed_is_whole_words() -> None:
    assert word_diff("order 48213 is late", "order 48214 is late", WIDE) == [
        Part("same", "order "),
        Part("gone", "48213"),
        Part("new", "48214"),
        Part("same", " is late"),
    ]


def test_lines_that_moved_apart_stay_lines() -> None:
    parts = word_diff("a b\nc d\n", "a b\nx y\nc d\n", WIDE)
    assert parts == [Part("same", "a b\n"), Part("new", "x y\n"), Part("same", "c d\n")]


@pytest.mark.parametrize("at", [0, 500, 999])
def test_of_long_texts_what_differs_is_shown(at: int) -> None:
    """Not the start, which both have."""
    words = [f"word{number}" for number in range(1000)]
    other = [*words[:at], "changed", *words[at + 1 :]]
    parts = word_diff(" ".join(words), " ".join(other), 500)
    assert Part("gone", f"word{at}") in parts
    assert Part("new", "changed") in parts
    assert sum(len(part.text) for part in parts) < 600
    left = sum(int(part.text.replace(",", "")) for part in parts if part.op == "left out")
    shown = len(side([part for part in parts if part.op != "left out"], "new"))
    assert left + shown == len(" ".join(words))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x " * 5_000_000, "x " * 4_999_999 + "y "),
        ("a" * 10_000_000, "b" + "a" * 9_999_999),
        ("a" * 10_000_000, "a" * 5_000_000 + "b" + "a" * 5_000_000),
        ("a\n" * 5_000_000, "b\n" * 5_000_000),
        ("a " * 300 + "c", "b a " * 300),
        ("\n" * 10_000_000, ""),
        ("ab" * 5_000_000, "ba" * 5_000_000),
    ],
)
def test_it_is_bounded_in_size_and_time(before: str, after: str) -> None:
    start = time.monotonic()
    parts = word_diff(before, after, 700)
    assert time.monotonic() - start < 10
    assert sum(len(part.text) for part in parts) < 2_000


def test_the_same_text_is_told_once() -> None:
    assert word_diff("abc", "abc", 2) == [Part("same", "ab"), Part("left out", "1")]
    assert word_diff("", "", 9) == []
