from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest

from pytest_promptevo.base.patterns import SlowPattern
from pytest_promptevo.prompt.json_schema import compiled


def check(schema: Any, data: Any) -> str:
    return compiled(json.dumps(schema))(data)


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(url: Any) -> None:
        pytest.fail(f"fetched {url}")

    monkeypatch.setattr(urllib.request, "urlopen", fetched)


@pytest.mark.usefixtures("_no_network")
@pytest.mark.parametrize(
    "uri",
    [
        "<http://127.0.0.1:1/x>",
        "<URL:http://127.0.0.1:1/x>",
        "<file:///etc/passwd>",
        "data:application/json,{}",
        "http://127.0.0.1:1/x",
        "other.json#/a",
        "//127.0.0.1/x",
        "",
    ],
)
@pytest.mark.parametrize("wrap", ["plain", "in a list", "as data", "below an id"])
def test_a_reference_must_stay_in_the_schema(uri: str, wrap: str) -> None:
    schema: Any = {
        "plain": {"$ref": uri},
        "in a list": {"anyOf": [{"properties": {"a": {"$ref": uri}}}]},
        "as data": {"enum": [{"$ref": uri}]},
        "below an id": {"$id": "http://127.0.0.1:1/", "items": {"$ref": uri}},
    }[wrap]
    with pytest.raises(ValueError, match="must stay in the schema"):
        compiled(json.dumps(schema))


@pytest.mark.usefixtures("_no_network")
def test_a_reference_that_an_id_leads_out_is_refused_by_the_handlers() -> None:
    schema = {"anyOf": [{"$id": "http://127.0.0.1:1/", "$ref": "#/x"}], "id": "<http://h:1/y>"}
    with pytest.raises(ValueError):  # whatever is said: nothing was fetched
        compiled(json.dumps(schema))


def test_references_within_the_schema_work() -> None:
    schema = {"$ref": "#/definitions/n", "definitions": {"n": {"type": "integer"}}}
    assert check(schema, 3) == ""
    assert "integer" in check(schema, "x")


@pytest.mark.parametrize("divisor", [0, 0.0, -2])
def test_nothing_is_a_multiple_of_zero(divisor: float) -> None:
    with pytest.raises(ValueError, match="multipleOf must be above 0"):
        compiled(json.dumps({"properties": {"a": {"multipleOf": divisor}}}))


@pytest.mark.parametrize("schema", [{"multipleOf": 0.1}, {"multipleOf": 1e-300}])
@pytest.mark.parametrize("data", [10**400, float("inf"), 1e308])
def test_numbers_that_cannot_be_divided_are_wrong_and_no_error(schema: Any, data: Any) -> None:
    assert check(schema, data)


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "(a|aa)+$"},
        {"pattern": "(a|aa)+$", "minLength": 1},
        {"patternProperties": {"(a|aa)+$": {"type": "string"}}},
    ],
)
def test_a_pattern_without_end_is_given_up(schema: Any) -> None:
    text = "a" * 60 + "b"
    with pytest.raises(SlowPattern, match="takes more than 1 s"):
        check(schema, {text: "x"} if "patternProperties" in schema else text)


def test_a_pattern_without_end_in_what_the_compiler_tries() -> None:
    schema = {
        "required": ["a" * 60 + "b"],
        "additionalProperties": False,
        "patternProperties": {"(a|aa)+$": {}},
    }
    with pytest.raises(ValueError, match="takes more than 1 s"):
        compiled(json.dumps(schema))


def test_a_schema_of_thousands_of_parts_is_refused_before_it_is_compiled() -> None:
    inner = {"type": "object", "properties": {f"q{n}": {"type": "string"} for n in range(30)}}
    schema = {"properties": {f"p{n}": inner for n in range(500)}}
    with pytest.raises(ValueError, match="more than 20,000 parts"):
        compiled(json.dumps(schema))


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": list(range(25_000))},
        {"properties": {f"p{n}": True for n in range(6000)}},
        {"dependencies": {f"p{n}": ["x"] for n in range(200)}},
        {"properties": {"x" * 10**6: {"properties": {"y": {"items": [True] * 20}}}}},
    ],
    ids=["values", "booleans", "dependencies", "long names"],
)
def test_what_the_compiler_is_slow_with_counts_as_parts_too(schema: Any) -> None:
    with pytest.raises(ValueError, match="more than 20,000 parts"):
        compiled(json.dumps(schema))


@pytest.mark.parametrize(
    ("kind", "text"),
    [("email", "a" + "." * 200_000 + "\n@"), ("idn-email", "a@" + "." * 200_000 + "@")],
)
def test_a_format_that_takes_too_long_is_given_up_and_named(kind: str, text: str) -> None:
    with pytest.raises(SlowPattern, match=f"format: {kind}"):
        check({"format": kind, "$schema": "http://json-schema.org/draft-07/schema"}, text)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("email", "a.b@c.de", "a..b@c.de"),
        ("date-time", "2026-01-31T10:00:00Z", "2026-02-31T10:00:00Z"),
        ("ipv4", "127.0.0.1", "127.0.0.1 "),
        ("hostname", "a-b.c", "-a.b"),
        ("time", "23:59:59Z", "25:00:00Z"),
        ("json-pointer", "/a/~0", "a"),
        ("regex", "^a+$", "("),
        ("regex", "a", f"(?i:{''.join(f'[{chr(n)}-{chr(65535)}]' for n in range(300, 400))})"),
        ("regex", "a", "a" * 100_000),
    ],
)
def test_formats_mean_what_they_say(kind: str, good: str, bad: str) -> None:
    schema = {"format": kind, "$schema": "http://json-schema.org/draft-07/schema"}
    assert check(schema, good) == ""
    assert "must be" in check(schema, bad)


def test_a_schema_that_asks_twice_as_much_for_each_level_is_given_up() -> None:
    lists = {"type": "array", "items": {"$ref": "#"}, "minItems": 1}
    schema = {"anyOf": [lists, {**lists}]}
    data: list[Any] = []
    for _ in range(40):
        data = [data]
    assert "takes more than 1 s" in check(schema, data)
    assert check(schema, []) == "data cannot be validated by any definition"


def test_many_texts_that_are_slow_each_are_given_up_together() -> None:
    schema = {
        "items": {"not": {"format": "idn-email"}},
        "$schema": "http://json-schema.org/draft-07/schema",
    }
    text = f"a@{'.' * 5000}@"
    assert check(schema, [text]) == ""
    assert "takes more than 1 s" in check(schema, [text] * 2000)


def test_a_schema_is_compiled_once() -> None:
    assert compiled('{"type":"null"}') is compiled('{"type":"null"}')


def test_what_is_wrong_is_told_in_the_same_words_in_every_process() -> None:
    code = (
        "import json; from pytest_promptevo.prompt.json_schema import compiled; "
        "schema = json.dumps({'properties': {'a': {}}, 'additionalProperties': False}); "
        "print(compiled(schema)({'a': 1, 'd': 1, 'c': 1, 'b': {}}))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert told == {"data must not contain {'b', 'c', 'd'} properties\n"}


def test_many_patterns_for_many_names_are_refused_in_a_moment() -> None:
    schema = {
        "patternProperties": {f"^p{number}(a|b)*$": {} for number in range(2_000)},
        "required": [f"p{number}" for number in range(2_000)],
    }
    begin = time.monotonic()
    with pytest.raises(ValueError, match=r"2,000 patternProperties take too long for the 2,000"):
        compiled(json.dumps(schema))
    assert time.monotonic() - begin < 5
