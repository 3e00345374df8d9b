"""The JSON Schema of suite files beside the loader: what it refuses, the loader refuses, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema
import pytest
from documentation.samples import all_samples
from hypothesis import given
from unit.suite.test_load import WHOLE

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.text_files import read_text
from pytest_promptevo.commands.main import main
from pytest_promptevo.errors import InputError, PromptEvoError
from pytest_promptevo.suite import load_suite
from pytest_promptevo.suite.published_schema import SCHEMA_FILE, suite_schema

from . import suites
from .structured import VALUES, Change, _nodes, changed, changes
from .test_structured import more
from .valid import SUITE, write_project

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
RICH: dict[str, Any] = {
    "suite": "orders",
    "golden": [
        {"id": "o-1", "inputs": {"message": "order 11"}, "expected": "11", "tags": ["a"]},
        {"inputs": {"message": "2"}, "expected": "2", "scorers": {"numeric": {"abs_tol": 1}}},
    ],
    "models": {"primary": "openai:gpt", "second": "ollama:tiny"},
    "prompt": {"system": "{{persona}}", "user": "{{instruction}}\n{{message}}"},
    "genome": {
        "instruction": "Extract.", "persona": "", "shots": ["s-1"], "cot": False,
        "model": "primary", "temperature": 0.5, "max_tokens": 32, "stop": ["\n"], "seed": 1,
        "layout": "plain",
    },
    "search": {
        "instruction": {"texts": ["Extract.", "Reply."], "grow": {"by": "second", "chars": 90}},
        "layout": ["plain", "last"],
        "shots": {
            "few_shot": [{"id": "s-1", "inputs": {"message": "7"}, "expected": "7"}],
            "max": 2, "min": 0,
        },
        "cot": [False, True],
        "model": ["primary", "second"],
        "temperature": {"low": 0.0, "high": 1.0, "step": 0.1},
        "max_tokens": {"low": 8, "high": 256, "log": True},
        "stop": [["\n"], "x"],
    },
    "output": {"format": "json", "schema": {"type": "string"}, "max_repairs": 1},
    "scorers": ["exact_match", {"numeric": {"abs_tol": 0.5, "weight": 2}}, {"contains": None}],
    "objectives": {"quality": {"min": 0.1}, "tokens": {"weight": -0.0005, "max": 9}},
    "threshold": 0.1,
    "pass_mark": 1.0,
    "repeats": 2,
    "draft": False,
    "scorer_check": True,
    "rollout": {"stages": [0.1, 1.0], "half_life": 9.0, "posterior": "beta"},
}  # fmt: skip


@pytest.fixture(scope="module")
def check() -> Callable[[Any], Any]:
    made: Callable[[Any], Any] = fastjsonschema.compile(suite_schema(), use_default=False)
    return made


def refusal(check: Callable[[Any], Any], data: Any) -> str:
    """Returns what the schema says against a file's data, or nothing."""
    try:
        check(data)
    except fastjsonschema.JsonSchemaValueException as exc:
        return str(exc.message)
    return ""


def data_of(path: Path) -> Any:
    return yaml_reader.load(read_text(path, InputError), path).data


def beside(check: Callable[[Any], Any], path: Path) -> tuple[bool, str]:
    """Returns whether a suite loads, and what the schema says against it."""
    try:
        data = data_of(path)
    except InputError:
        return False, ""
    said = refusal(check, data)
    try:
        load_suite(path, path.parent)
    except PromptEvoError:
        return False, said
    return True, said


def test_the_shipped_file_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    told = "promptevo schema > pytest_promptevo/suite/suite.schema.json"
    assert SCHEMA_FILE.read_text("utf-8") == capsys.readouterr().out, told


def test_every_option_of_a_scorer_is_explained() -> None:
    scorers = json.loads(SCHEMA_FILE.read_text("utf-8"))["properties"]["scorers"]
    options = scorers["items"]["anyOf"][2]
    for scorer, told in options["properties"].items():
        for option, part in told["properties"].items():
            assert part.get("description", "").endswith((".", "?`")), f"{scorer}: {option}"


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("example_project/*.promptevo.yaml"), *ROOT.rglob("tests/**/*.promptevo.yaml")],
    ids=lambda path: path.name,
)
def test_suites_that_are_there_fit(check: Callable[[Any], Any], path: Path) -> None:
    assert refusal(check, data_of(path)) == ""


def test_suites_of_the_documentation_fit(check: Callable[[Any], Any], tmp_path: Path) -> None:
    whole = [sample.text for sample in all_samples() if sample.scene == "suite"]
    assert len(whole) >= 2
    for text in [*whole, SUITE, WHOLE]:
        (tmp_path / "a.promptevo.yaml").write_text(text)
        assert refusal(check, data_of(tmp_path / "a.promptevo.yaml")) == "", text


def test_hand_made_broken_suites(check: Callable[[Any], Any], tmp_path: Path) -> None:
    """Of wrong keys and types the schema tells all that can be told without other files."""
    write_project(tmp_path)
    path, missed, found = tmp_path / suites.NAME, set[str](), 0
    for case in suites.CASES:
        path.write_bytes(case.text if isinstance(case.text, bytes) else case.text.encode())
        loads, said = beside(check, path)
        assert not loads
        found += bool(said)
        if case in [*suites.KEYS, *suites.TYPES] and not said:
            missed.add(case.said)
    assert not missed
    assert found >= 100


def test_each_value_in_each_place(check: Callable[[Any], Any], tmp_path: Path) -> None:
    """Thousands of suites with one value in place of another, or one part missing."""
    path = tmp_path / "orders.promptevo.yaml"
    told = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    few = [value for value in VALUES if len(str(value)) < 100][::3]
    for place in range(len(list(_nodes(RICH)))):
        todo = [Change("set", place, 0, value) for value in few]
        for change in [*todo, Change("drop", place, 0, None), Change("rename", place, 0, "x")]:
            text = json.dumps(changed(RICH, [change]))
            path.write_text(text, "utf-8")
            loads, said = beside(check, path)
            assert not (loads and said), f"{said}: {change}"
            told[loads, bool(said)] += 1
    assert told[False, True] > 800
    assert told[True, False] > 200


@more
@given(todo=changes)
def test_changed_suites(tmp_path: Path, check: Callable[[Any], Any], todo: list[Change]) -> None:
    path = tmp_path / "orders.promptevo.yaml"
    path.write_text(json.dumps(changed(RICH, todo)), "utf-8")
    loads, said = beside(check, path)
    assert not (loads and said)


def test_the_rich_suite_loads(check: Callable[[Any], Any], tmp_path: Path) -> None:
    path = tmp_path / "orders.promptevo.yaml"
    path.write_text(json.dumps(RICH))
    assert beside(check, path) == (True, "")


@pytest.mark.parametrize(
    "rollout",
    [
        {"stages": []}, {"stages": [0, 1]}, {"stages": [0.5, 1.5]}, {"control": 1},
        {"control": -0.1}, {"margin": 0}, {"margin": 1}, {"alpha": 0}, {"alpha": 1},
        {"advance_at": 1}, {"risk": 0}, {"risk": 1}, {"min_outcomes": 0}, {"half_life": 0.5},
    ],
)  # fmt: skip
def test_limits_of_a_rollout(
    check: Callable[[Any], Any], tmp_path: Path, rollout: dict[str, Any]
) -> None:
    path = tmp_path / "orders.promptevo.yaml"
    path.write_text(json.dumps(RICH | {"rollout": rollout}))
    loads, said = beside(check, path)
    assert not loads
    assert f"data.rollout.{next(iter(rollout))}" in said


def test_a_scorer_in_place_of_a_built_in_one_takes_what_it_likes(
    check: Callable[[Any], Any],
) -> None:
    assert refusal(check, RICH | {"scorers": [{"numeric": {"letter": "B", "abs_tol": "x"}}]}) == ""


FORMS: list[dict[str, Any]] = [
    {"models": {"primary": "gpt-4o", "second": "ollama:tiny"}},
    {"models": {"primary": "claude:x", "second": "ollama:tiny"}},
    {"golden": [{"id": "a b", "inputs": {"message": "1"}, "expected": "1"}]},
    {"golden": [{"id": "a::b", "inputs": {"message": "1"}, "expected": "1"}]},
    {"objectives": {"tokens": {"weight": 0.1}}},
    {"objectives": {"quality": {"weight": 0}}},
    {"objectives": {"quality": {"min": 1.5}}},
    {"search": {"temperature": {"low": 0, "high": 1, "step": 0}}},
    {"search": {"model": ["primary", "primary"]}},
]


@pytest.mark.parametrize("part", FORMS)
def test_what_is_wrong_in_form_alone_an_editor_tells(
    check: Callable[[Any], Any], tmp_path: Path, part: dict[str, Any]
) -> None:
    path = tmp_path / "orders.promptevo.yaml"
    path.write_text(json.dumps({**RICH, **part}))
    loads, said = beside(check, path)
    assert not loads
    assert said
