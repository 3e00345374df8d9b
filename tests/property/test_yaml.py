from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given

from pytest_promptevo.base import yaml_reader, yaml_writer
from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.yaml_writer import Flow

from .strategies import json_values, objects

FILE = Path("file.yaml")


def again(value: Any) -> Any:
    return yaml_reader.load(yaml_writer.dump({"key": value}), FILE).data["key"]


@given(json_values)
def test_any_json_data_comes_back_from_yaml(value: Any) -> None:
    assert canonical_json(again(value)) == canonical_json(value)


@given(json_values)
def test_the_same_data_gives_the_same_text(value: Any) -> None:
    assert yaml_writer.dump(again(value)) == yaml_writer.dump(value)


@given(objects)
def test_a_mapping_on_one_line_comes_back(value: dict[str, Any]) -> None:
    text = yaml_writer.dump({"key": Flow(value)})
    assert text.count("\n") == 1
    assert canonical_json(again(Flow(value))) == canonical_json(value)
