from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given

from pytest_promptevo import strict_yaml
from pytest_promptevo.canonical import canonical_json
from pytest_promptevo.strict_yaml import Flow

from .strategies import json_values, objects

FILE = Path("file.yaml")


def again(value: Any) -> Any:
    return strict_yaml.load(strict_yaml.dump({"key": value}), FILE).data["key"]


@given(json_values)
def test_any_json_data_comes_back_from_yaml(value: Any) -> None:
    assert canonical_json(again(value)) == canonical_json(value)


@given(json_values)
def test_the_same_data_gives_the_same_text(value: Any) -> None:
    assert strict_yaml.dump(again(value)) == strict_yaml.dump(value)


@given(objects)
def test_a_mapping_on_one_line_comes_back(value: dict[str, Any]) -> None:
    text = strict_yaml.dump({"key": Flow(value)})
    assert text.count("\n") == 1
    assert canonical_json(again(Flow(value))) == canonical_json(value)
