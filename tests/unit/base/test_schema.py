from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.schema import Strict, validate
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
