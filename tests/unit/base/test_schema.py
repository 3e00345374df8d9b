from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.schema import DictOf, ListOf, Strict, validate
from pytest_promptevo.errors import SuiteError

FILE = Path("file.yaml")


class Inner(Strict):
    weight: float = 1.0
    json_schema: str = Field(default="", alias="schema")


class Outer(Strict):
    name: str
    inner: Inner = Inner()
    optional: Inner | None = None
    anything: dict[str, Any] = {}
    many: ListOf[Inner] = []
    named: DictOf[str, int] = {}
    words: ListOf[str | dict[str, Any]] = Field(default=["a"], min_length=1)


def check(text: str) -> Outer:
    located = yaml_reader.load(text, FILE)
    return validate(
        Outer, located.data, path=FILE, line=located.line, error=SuiteError, what="the file"
    )


def test_good_data_becomes_a_model() -> None:
    assert check("name: a\ninner: {weight: 2}").inner.weight == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "name: a\nnmae: b",
            "file.yaml:2: unknown key 'nmae' in the file\n  hint: did you mean 'name'?",
        ),
        (
            "name: a\ninner:\n  wieght: 1",
            "file.yaml:3: unknown key 'wieght' in inner\n  hint: did you mean 'weight'?",
        ),
        (
            "name: a\ninner:\n  shema: x",
            "file.yaml:3: unknown key 'shema' in inner\n  hint: did you mean 'schema'?",
        ),
        (
            "name: a\noptional:\n  wight: 1",
            "file.yaml:3: unknown key 'wight' in optional\n  hint: did you mean 'weight'?",
        ),
        ("inner: {}", "file.yaml:1: name: is missing"),
        ("name: 7", "file.yaml:1: name: should be a text (found 7)"),
        (
            "name: a\ninner:\n  weight: '1'",
            "file.yaml:3: inner.weight: should be a valid number (found '1')",
        ),
        ("name: a\nanything: []", "file.yaml:2: anything: should be a mapping (found [])"),
        (
            "",
            "file.yaml:1: the file: should be a mapping (found None)",
        ),
    ],
)
def test_the_first_thing_that_does_not_fit_is_named(text: str, said: str) -> None:
    with pytest.raises(SuiteError) as caught:
        check(text)
    assert str(caught.value) == said


def test_a_long_value_is_shown_in_part() -> None:
    with pytest.raises(SuiteError, match=r"\(found \['xxx.*\.\.\.\)$"):
        check(f"name: [{'x' * 100}]")


LONG = 450_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\n" + "".join(f"k{n}: 1\n" for n in range(LONG)), ":2: unknown key 'k0'"),
        ("name: a\ninner:\n" + " k: 1\n" + "".join(f" k{n}: 1\n" for n in range(LONG)), "'k'"),
        ("name: a\nmany:\n" + "- {}\n" * 150 + "- 3\n" * LONG, ":153: many.150: should be a map"),
        ("name: a\nmany:\n" + "- {}\n" * 150 + "- {a: 3}\n" * 160_000, ":153: unknown key 'a'"),
        ("name: a\nnamed:\n" + "".join(f" k{n}: x\n" for n in range(LONG)), ":3: named.k0: "),
        ("name: a\nwords:\n" + "- a\n" * 250 + "- 1\n" * LONG, ":253: words.250: should be"),
        ("name: a\nwords: []", ":2: words: should not be empty"),
    ],
    ids=["keys", "inner keys", "list", "keys in list", "values", "union", "empty"],
)
def test_however_much_is_wrong_the_first_is_told(text: str, said: str) -> None:
    located = yaml_reader.load(text, FILE)
    tracemalloc.start()
    try:
        with pytest.raises(SuiteError) as caught:
            validate(Outer, located.data, path=FILE, line=located.line, error=SuiteError)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said in str(caught.value)
    assert peak < 20 << 20


def test_long_lists_and_mappings_are_taken_whole() -> None:
    words = [f"w{n}" for n in range(1_050)]
    named = {word: len(word) for word in words}
    made = Outer(name="a", words=words, named=named, many=[{"weight": n} for n in range(101)])
    assert (made.words, made.named, len(made.many), made.many[100].weight) == (
        words,
        named,
        101,
        100,
    )
