"""Malformed files of golden examples."""

from __future__ import annotations

import json
from typing import Any

from .valid import CSV, JSONL, YAML, Case


def row(**changes: Any) -> str:
    """Returns a row with some parts changed; a part that is ``...`` is left out."""
    whole: dict[str, Any] = {"id": "o-9", "inputs": {"message": "x"}, "expected": "y"}
    return json.dumps(
        {name: each for name, each in {**whole, **changes}.items() if each is not ...}
    )


def after(text: str, said: str, line: int = 4) -> Case:
    """Adds a row to the valid file."""
    return Case(f"{JSONL}{text}\n", said, line)


JSONL_CASES = [
    Case("", "holds no examples", 1),
    Case("\n \n", "holds no examples", 1),
    Case(b"\x00", "not valid JSON", 1),
    Case(JSONL.encode() + b'{"inputs": {"message": "\xe9"}}', "not UTF-8 text", 4),
    Case(b"\xff\xfe{\x00", "not UTF-8 text", 1),
    Case(b"\xef\xbb\xbf\n{", "not valid JSON", 2),
    Case(JSONL[:-4], "not valid JSON: Unterminated string", 3),
    Case(JSONL[:-20], "not valid JSON: Expecting ',' delimiter", 3),
    Case(JSONL.replace("\n", "\n\n") + "{", "not valid JSON: Expecting property name", 7),
    Case(f"[{JSONL}]", "not valid JSON", 1),
    after("{", "not valid JSON: Expecting property name"),
    after("{'id': 1}", "not valid JSON: Expecting property name"),
    after(row()[:-1], "not valid JSON: Expecting ',' delimiter"),
    after(row() + ",", "not valid JSON: Extra data"),
    after(row() + row(), "not valid JSON: Extra data"),
    after('{"inputs": {"a": NaN}, "expected": 1}', "NaN is not JSON"),
    after('{"inputs": {}, "expected": -Infinity}', "-Infinity is not JSON"),
    after('{"inputs": {}, "expected": 1e999}', "holds a value that JSON text cannot"),
    after('{"inputs": {}, "expected": "\\ud800"}', "holds a value that JSON text cannot"),
    after('{"inputs": {"\\udfff": 1}, "expected": 1}', "holds a value that JSON text cannot"),
    after('{"id": "\\ud800", "inputs": {}, "expected": 1}', "holds a value that JSON text cannot"),
    after('{"inputs": {}, "expected": 1, "expected": 2}', "duplicate key 'expected'"),
    after('{"inputs": {"a": 1, "a": 2}, "expected": 1}', "duplicate key 'a'"),
    after(f'{{"inputs": {{"a": {"[" * 2000}', "nested too deeply"),
    after(f'{{"inputs": {{}}, "expected": {"1" * 5000}}}', "not valid JSON"),
    after('{"inputs": {}, "expected": "a\tb"}', "not valid JSON: Invalid control character"),
    after("<<<<<<< HEAD", "merge-conflict marker '<<<<<<<'"),
    after("[]", "an example must be a mapping, not a list"),
    after('"text"', "an example must be a mapping, not a text"),
    after("null", "an example must be a mapping, not nothing"),
    after("7", "an example must be a mapping, not 7"),
    after("true", "an example must be a mapping, not True"),
    after("{}", "inputs: is missing"),
    after(row(inputs=...), "inputs: is missing"),
    after(row(expected=...), "expected: is missing"),
    after(row(inputs=None), "inputs: should be a mapping (found None)"),
    after(row(inputs=[]), "inputs: should be a mapping (found [])"),
    after(row(inputs="x"), "inputs: should be a mapping (found 'x')"),
    after(row(expcted=1), "unknown key 'expcted' in the example\n  hint: did you mean 'expected'?"),
    after(row(input=1), "did you mean 'inputs'?"),
    after(row(ids=1), "did you mean 'id'?"),
    after(row(tag=["x"]), "did you mean 'tags'?"),
    after(row(id=1.5), "id: should be a text (found 1.5)"),
    after(row(id=True), "id: should be a text (found True)"),
    after(row(id=[]), "id: should be a text (found [])"),
    after(row(id=""), "id '' cannot be a test id"),
    after(row(id="a b"), "id 'a b' cannot be a test id"),
    after(row(id="a::b"), "id 'a::b' cannot be a test id"),
    after(row(id="a[1]"), "id 'a[1]' cannot be a test id"),
    after(row(id="a\nb"), "cannot be a test id"),
    after(row(id="x" * 101), "cannot be a test id"),
    after(row(id="o-1"), "duplicate id 'o-1' (first on line 1)"),
    after(row() + "\n" + row(), "duplicate id 'o-9' (first on line 4)", 5),
    after(row(tags="hard"), "tags: should be a list (found 'hard')"),
    after(row(tags=[1]), "tags.0: should be a text"),
    after(row(tags=None), "tags: should be a list"),
    after(row(scorers=[]), "scorers: should be a mapping"),
    after(row(scorers={"numeric": 1}), "scorers.numeric: should be a mapping"),
]

CSV_CASES = [
    Case("", "no header", 1),
    Case("\n", "no header", 1),
    Case("id,message\no-1,x\n", "no column named 'expected'", 1),
    Case("id,message,Expected\no-1,x,y\n", "no column named 'expected'", 1),
    Case("id;message;expected\no-1;x;y\n", "the columns are separated by ';', not by ','", 1),
    Case(f"{CSV}o-4,x,,\n", "the cell 'expected' is empty", 6),
    Case("id,message,message,expected\no-1,x,x,y\n", "a column name stands twice", 1),
    Case("id,message,expected,\no-1,x,y,\n", "a column has no name", 1),
    Case("id,message,expected\n", "holds no examples", 1),
    Case(b"message,expected\nx,\xe9\n", "not UTF-8 text", 2),
    Case(f"{CSV}o-4,x\n", "2 cells where the header has 4", 6),
    Case(f"{CSV}o-4,x,y,,z\n", "5 cells where the header has 4", 6),
    Case(f"{CSV}o-4,order, with comma,4,\n", "5 cells where the header has 4", 6),
    Case(f'{CSV}o-4,"open,4,\no-5,x,5,\n', "a quote is opened in the row that begins here", 6),
    Case('id,"message,expected\no-1,x,y\n', "a quote is opened in the row that begins here", 1),
    Case(f'{CSV}o-4,"open,4,\no-5,"x",5,\n', "the row begins on line 6: is a quote opened", 7),
    Case(f'{CSV}o-4,"a"b,4,\n', "not valid CSV", 6),
    Case(f"{CSV}o-1,x,y,\n", "duplicate id 'o-1' (first on line 2)", 6),
    Case(f"{CSV}a b,x,y,\n", "id 'a b' cannot be a test id", 6),
    Case(f"{CSV}{'x' * 140_000},x,y,\n", "not valid CSV: field larger than field limit", 6),
    Case("<<<<<<< HEAD\nmessage,expected\nx,y\n", "merge-conflict marker '<<<<<<<'", 1),
    Case('message,expected\n"x\n<<<<<<< HEAD\n",y\n', "merge-conflict marker '<<<<<<<'", 3),
    Case("expected\nx\n>>>>>>> other\n", "merge-conflict marker '>>>>>>>'", 3),
    Case("message,expected\n" + "," * 2_000_001, "more than 2,000,000 commas", 1),
    Case("\n" * 500_001, "more than 500,000 lines", 500_001),
    Case("\r" * 500_001, "more than 500,000 lines", 500_001),
    Case("message,expected\nx,y\n=======\n", "1 cells where the header has 2", 3),
]

YAML_CASES = [
    Case("", "must be a list of examples", 1),
    Case("id: o-1\n", "must be a list of examples", 1),
    Case("text\n", "must be a list of examples", 1),
    Case("[]\n", "holds no examples", 1),
    Case(b"- inputs: {}\n  expected: \xe9\n", "not UTF-8 text", 2),
    Case(f"{YAML}- text\n", "an example must be a mapping, not a text", 9),
    Case(f"{YAML}-\n", "an example must be a mapping, not nothing", 9),
    Case(f"{YAML}- [a]\n", "an example must be a mapping, not a list", 9),
    Case(f"{YAML}- expected: 1\n", "inputs: is missing", 9),
    Case(f"{YAML}- inputs: {{}}\n", "expected: is missing", 9),
    Case(f"{YAML}- {{inputs: {{}}, expcted: 1}}\n", "did you mean 'expected'?", 9),
    Case(f"{YAML}- {{id: o-1, inputs: {{}}, expected: 1}}\n", "duplicate id 'o-1'", 9),
    Case(f"{YAML}- inputs: {{a: 1, a: 2}}\n", "duplicate key 'a'", 9),
    Case(f"{YAML}- inputs: &a {{}}\n  expected: *a\n", "anchors and aliases", 9),
    Case(f"{YAML}- inputs: {{}}\n  expected: !!binary aGk=\n", "is not supported", 10),
    Case(f"{YAML}- inputs: {{\n", "not valid YAML", 10),
    Case(f"{YAML}>>>>>>> other\n", "merge-conflict marker '>>>>>>>'", 9),
    Case(f"{YAML}---\n- a\n", "more than one document", 9),
]

BY_NAME = {"golden.jsonl": JSONL_CASES, "golden.csv": CSV_CASES, "golden.yaml": YAML_CASES}
