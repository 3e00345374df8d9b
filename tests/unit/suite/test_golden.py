from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from pytest_promptevo.base.text_files import parse_json
from pytest_promptevo.errors import GoldenError, SuiteError
from pytest_promptevo.prompt import Example
from pytest_promptevo.suite.golden import inline_examples, load_examples

ODD = ["007", "N/A", "no", "null", "", "a|b", "{{x}} {y}", "1.10", " a ", "é😀", '"', "a,b", "1e5"]


def load(folder: Path, name: str, text: str | bytes) -> tuple[Example, ...]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_examples(path)


def test_jsonl_keeps_every_value(tmp_path: Path) -> None:
    values: list[Any] = [*ODD, 7, 1.5, True, None, [1, {"a": None}], "a\u2028b", 10**20]
    rows = [
        json.dumps({"id": str(at), "inputs": {"m": each}, "expected": each})
        for at, each in enumerate(values)
    ]
    found = load(tmp_path, "g.jsonl", "\n".join(rows))
    assert [each.inputs["m"] for each in found] == values
    assert [each.expected for each in found] == values


def test_csv_keeps_every_text(tmp_path: Path) -> None:
    values = [*filter(str.strip, ODD), "two\nlines", "a\u2028b", "a\x0cb"]
    quoted = ['"' + each.replace('"', '""') + '"' for each in values]
    rows = [f"{at},{each},{each}\r\n" for at, each in enumerate(quoted)]
    found = load(tmp_path, "g.csv", "id,m,expected\r\n" + "".join(rows))
    assert [each.inputs["m"] for each in found] == values
    assert [each.expected for each in found] == values


@pytest.mark.parametrize("odd", ["a\u2028b", "a\x85b", "a\x0cb", "a\x1cb"])
def test_only_a_line_break_ends_a_csv_row(tmp_path: Path, odd: str) -> None:
    (example,) = load(tmp_path, "g.csv", f"m,expected\n{odd},1\n")
    assert (example.inputs, example.line) == ({"m": odd}, 2)


def test_yaml_converts_plain_json_scalars_only(tmp_path: Path) -> None:
    rows = "- {inputs: {m: 007}, expected: no}\n- {inputs: {m: 2024-01-01}, expected: N/A}\n"
    found = load(tmp_path, "g.yaml", rows)
    assert [(each.inputs["m"], each.expected) for each in found] == [
        ("007", "no"),
        ("2024-01-01", "N/A"),
    ]


def test_a_long_number_in_yaml_loses_no_digit(tmp_path: Path) -> None:
    (example,) = load(tmp_path, "g.yml", "- {inputs: {m: x}, expected: 12345678901234567890}\n")
    assert example.expected == 12345678901234567890
    assert isinstance(example.expected, int)


def test_csv_columns_beside_id_tags_and_expected_are_inputs(tmp_path: Path) -> None:
    (example,) = load(tmp_path, "g.csv", "id,tags,a,b,expected\nx,hard new,1,2,3\n")
    assert example == Example("x", {"a": "1", "b": "2"}, "3", ("hard", "new"), {}, 2)


def test_tags_and_scorer_options_are_read(tmp_path: Path) -> None:
    row = '{"inputs": {}, "expected": 1, "tags": ["x"], "scorers": {"numeric": {"abs_tol": 1}}}'
    (example,) = load(tmp_path, "g.jsonl", row)
    assert example.tags == ("x",)
    assert example.scorers == {"numeric": {"abs_tol": 1}}


def test_a_given_number_is_an_id(tmp_path: Path) -> None:
    (example,) = load(tmp_path, "g.jsonl", '{"id": 7, "inputs": {}, "expected": 1}')
    assert example.id == "7"


def test_a_derived_id_depends_on_the_inputs_alone(tmp_path: Path) -> None:
    text = '{"inputs": {"a": 1, "b": 2}, "expected": 1}\n{"inputs": {"a": 2}, "expected": 1}\n'
    first, second = load(tmp_path, "one.jsonl", text)
    moved = '\n{"inputs": {"b": 2, "a": 1}, "expected": "other", "tags": ["x"]}\n'
    (same,) = load(tmp_path, "other.jsonl", moved)
    assert same.id == first.id != second.id


def test_a_derived_id_stays_the_same_between_versions(tmp_path: Path) -> None:
    (example,) = load(tmp_path, "g.jsonl", '{"inputs": {"m": "x"}, "expected": "y"}')
    assert example.id == "59c1ea1e33"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.jsonl", '{"inputs": {"m": "x"}, "expected": "y"}\n'),
        ("g.json", '[\n{"inputs": {"m": "x"}, "expected": "y"}\n]\n'),
        ("g.csv", "m,expected\nx,y\n"),
        ("g.yaml", "- inputs: {m: x}\n  expected: y\n"),
    ],
)
def test_every_format_gives_the_same_example(tmp_path: Path, name: str, text: str) -> None:
    plain = load(tmp_path, name, text)
    assert [each.content() for each in plain] == [
        {"id": "59c1ea1e33", "inputs": {"m": "x"}, "expected": "y"}
    ]
    assert load(tmp_path, name, b"\xef\xbb\xbf" + text.encode()) == plain
    crlf = load(tmp_path, name, text.replace("\n", "\r\n"))
    assert [each.content() for each in crlf] == [each.content() for each in plain]


def test_examples_know_their_lines(tmp_path: Path) -> None:
    rows = '\n{"inputs": {"m": 1}, "expected": 1}\n\n{"inputs": {"m": 2}, "expected": 1}'
    assert [each.line for each in load(tmp_path, "g.jsonl", rows)] == [2, 4]
    cells = 'm,expected\n"two\nlines",1\nx,1\n'
    assert [each.line for each in load(tmp_path, "g.csv", cells)] == [2, 4]
    listed = '[ {"inputs": {"m": 1}, "expected": 1} ,\n\n{"inputs": {"m": 2}, "expected": 1}]'
    assert [each.line for each in load(tmp_path, "g.json", listed)] == [1, 3]
    items = "# head\n- inputs: {m: 1}\n  expected: 1\n- inputs: {m: 2}\n  expected: 1\n"
    assert [each.line for each in load(tmp_path, "g.yaml", items)] == [2, 4]


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"\xff", 1),
        (b'{"inputs": {}, "expected": 1}\n{"inputs": {"m": "\xe9"}, "expected": 1}\n', 2),
        (b"\n\n\xc3", 3),
    ],
)
def test_bad_utf8_names_the_line_of_the_bad_byte(tmp_path: Path, raw: bytes, line: int) -> None:
    with pytest.raises(GoldenError, match=rf"g\.jsonl:{line}: not UTF-8 text"):
        load(tmp_path, "g.jsonl", raw)


@pytest.mark.parametrize("name", ["golden.txt", "golden"])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(GoldenError, match=r"use one of \.csv, \.json, \.jsonl, \.yaml, \.yml"):
        load(tmp_path, name, "{}")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldenError, match=r"gone\.jsonl:1: no such file"):
        load_examples(tmp_path / "gone.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(GoldenError, match=r"folder\.jsonl:1: cannot be read"):
        load_examples(tmp_path / "folder.jsonl")


def test_a_duplicate_id_names_both_lines(tmp_path: Path) -> None:
    rows = '{"id": "a", "inputs": {}, "expected": 1}\n' * 2
    with pytest.raises(GoldenError, match=r":2: duplicate id 'a' \(first on line 1\)"):
        load(tmp_path, "g.jsonl", rows)


def test_equal_inputs_without_ids_are_numbered(tmp_path: Path) -> None:
    found = load(tmp_path, "g.csv", "m,expected\nx,1\nx,1\nx,1\n")
    first = found[0].id
    assert [each.id for each in found] == [first, f"{first}-2", f"{first}-3"]


def test_json_gives_each_error_its_line(tmp_path: Path) -> None:
    rows = '[\n  {"inputs": {"m": 1}, "expected": 1},\n  {\n "inputs": {"m": 2},\n "wrong": 1}\n]'
    with pytest.raises(GoldenError, match=r"g\.json:3: ") as caught:
        load(tmp_path, "g.json", rows)
    assert caught.value.line == 3
    with pytest.raises(GoldenError, match=r"g\.json:2: not valid JSON: duplicate key 'a'"):
        load(tmp_path, "g.json", '[\n{"a": 1, "a": 2}]')
    with pytest.raises(GoldenError, match=r"g\.json:2: not valid JSON"):
        load(tmp_path, "g.json", '[{"inputs": {}, "expected": 1},\n}]')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "must be a list of examples"),
        ('{"inputs": {}, "expected": 1}\n{"inputs": {}, "expected": 1}', r"\.jsonl"),
        ("7", "must be a list of examples"),
        (" [ ] ", "holds no examples"),
        ("[1]", "an example must be a mapping, not 1"),
        ("", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_must_be_a_list_of_examples(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(GoldenError, match=told):
        load(tmp_path, "g.json", text)


@pytest.mark.parametrize("key", ["inputs", "expected"])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"x": ', "}")])
def test_what_is_nested_deeper_than_anything_can_follow_is_refused(
    tmp_path: Path, key: str, begin: str, end: str
) -> None:
    row = {"inputs": '{"a": 1}', "expected": "1"}

    def deep(levels: int) -> str:
        value = f"{begin * levels}1{end * levels}"
        told = {**row, key: f'{{"a": {value}}}' if key == "inputs" else value}
        return f'{{"inputs": {told["inputs"]}, "expected": {told["expected"]}}}'

    assert load(tmp_path, "g.jsonl", f"{deep(1)}\n{deep(100)}")
    with pytest.raises(GoldenError, match=r"g\.jsonl:2: nested more than 200 levels deep"):
        load(tmp_path, "g.jsonl", f"{deep(1)}\n{deep(900)}")


@pytest.mark.parametrize("name", ["ord-017", "é", "a/b", "x" * 100, "a:b", "1"])
def test_an_id_may_hold_what_a_test_id_can(tmp_path: Path, name: str) -> None:
    row = json.dumps({"id": name, "inputs": {}, "expected": 1})
    assert load(tmp_path, "g.jsonl", row)[0].id == name


@pytest.mark.parametrize("name", ["", "a b", "a[1]", "x" * 101, "a::b", "a\nb", "\x7f", " a"])
def test_an_id_that_is_no_test_id_is_refused(tmp_path: Path, name: str) -> None:
    row = json.dumps({"id": name, "inputs": {}, "expected": 1})
    with pytest.raises(GoldenError, match="cannot be a test id"):
        load(tmp_path, "g.jsonl", row)


@pytest.mark.parametrize(
    "part",
    [
        '"inputs": {"m": 1e999}, "expected": 1',
        '"inputs": {}, "expected": "\\ud800"',
        '"inputs": {}, "expected": 1, "id": "\\ud800"',
        '"inputs": {}, "expected": 1, "tags": ["\\ud800"]',
        '"inputs": {}, "expected": 1, "scorers": {"numeric": {"abs_tol": 1e999}}',
    ],
)
def test_what_cannot_be_written_as_json_is_refused(tmp_path: Path, part: str) -> None:
    with pytest.raises(GoldenError, match=r"g\.jsonl:1: holds a value that JSON text cannot"):
        load(tmp_path, "g.jsonl", f"{{{part}}}")


def test_inline_examples_have_the_lines_of_the_suite_file() -> None:
    rows = [{"inputs": {"m": "1"}, "expected": 1}, {"inputs": {"m": "2"}, "expected": 1}]
    found = inline_examples(rows, [5, 9], Path("s.yaml"), SuiteError)
    assert [each.line for each in found] == [5, 9]


def test_inline_examples_raise_the_error_of_the_suite_file() -> None:
    with pytest.raises(SuiteError, match=r"s\.yaml:9: an example must be a mapping, not a text"):
        inline_examples([{"inputs": {}, "expected": 1}, "x"], [5, 9], Path("s.yaml"), SuiteError)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("{", 4, "not valid JSON: Expecting property name"),
        ('{"a":\n\n x}', 6, "not valid JSON: Expecting value"),
        ('{"a": 1, "a": 2}', 4, "duplicate key 'a'"),
        ('{"a": {"b": 1, "b": 2}}', 4, "duplicate key 'b'"),
        ("NaN", 4, "NaN is not JSON"),
        ("[-Infinity]", 4, "-Infinity is not JSON"),
        ("[" * 100_000, 4, "nested too deeply"),
        ("1" * 5000, 4, "not valid JSON"),
    ],
)
def test_json_is_parsed_strictly(text: str, line: int, said: str) -> None:
    with pytest.raises(GoldenError, match=rf"f\.json:{line}: ") as caught:
        parse_json(text, Path("f.json"), 4, GoldenError)
    assert said in str(caught.value)


def test_a_conflict_of_a_merge_is_named(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_text('{"id": "a", "inputs": {"m": "x"}, "expected": 1}\n<<<<<<< HEAD\n{}\n')
    with pytest.raises(GoldenError, match=r"g\.jsonl:2: merge-conflict marker '<<<<<<<'"):
        load_examples(path)


def test_many_examples_in_a_list_know_their_lines(tmp_path: Path) -> None:
    row = json.dumps({"inputs": {"m": "x" * 100}, "expected": "x"})
    (tmp_path / "g.json").write_text("\n[" + ",\n".join([row] * 20_000) + "]")
    made = load_examples(tmp_path / "g.json")
    assert [example.line for example in made] == list(range(2, 20_002))
    assert len({example.id for example in made}) == 20_000


def test_a_derived_id_goes_round_one_that_is_given(tmp_path: Path) -> None:
    rows = [{"inputs": {"m": "x"}, "expected": "x"} for _ in range(3)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    first = load_examples(tmp_path / "a.jsonl")[0].id
    given = {"id": f"{first}-2", "inputs": {"m": "y"}, "expected": "x"}
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, [given, *rows])))
    ids = [example.id for example in load_examples(tmp_path / "b.jsonl")]
    assert ids == [f"{first}-2", first, f"{first}-3", f"{first}-4"]


def test_a_list_of_millions_of_values_is_refused(tmp_path: Path) -> None:
    (tmp_path / "g.json").write_text(f"[{'[],' * 5_000_000}0]")
    with pytest.raises(GoldenError, match="more than 5,000,000 values"):
        load_examples(tmp_path / "g.json")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("m;expected\nx;y\n", r"separated by ';', not by ','\n.*found: 'm;expected'"),
        ("m\texpected\nx\ty\n", r"separated by a tab, not by ','\n.*found: 'm\\texpected'"),
        ("m,Expected\nx,y\n", r"no column named 'expected'\n.*instead of 'Expected'; found: 'm', "),
        ("m, expected\nx,y\n", r"no column named 'expected'\n.*instead of ' expected'; found: 'm'"),
        ("x,y\n", r"no column named 'expected'\n.*first line must name .* found: 'x', 'y'"),
        ("x,x,expected\n", r"a column name stands twice\n.*found: 'x', 'x', 'expected'"),
        ("", r"no header\n.*first line must name the columns"),
        (",,\n", r"no header\n"),
    ],
)
def test_a_header_that_is_none_is_told_with_its_columns(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(GoldenError, match=rf"g\.csv:1: .*{told}"):
        load(tmp_path, "g.csv", text)


def test_empty_rows_of_a_csv_are_skipped_and_an_empty_expected_has_its_line(tmp_path: Path) -> None:
    found = load(tmp_path, "g.csv", "m,n,expected\na,,1\n,,\n , ,\n,\n\nb,,2\n")
    assert [(each.line, each.inputs["m"]) for each in found] == [(2, "a"), (7, "b")]
    for cell in ("", " "):
        with pytest.raises(GoldenError, match=r"g\.csv:3: the cell 'expected' is empty\n"):
            load(tmp_path, "g.csv", f"m,expected\na,1\nb,{cell}\n")


def test_an_example_of_a_great_many_unknown_keys_is_refused_at_once(tmp_path: Path) -> None:
    row = {f"key{number}": 1 for number in range(200_000)} | {"expected": "x"}
    begin = time.process_time()
    for inputs in ({}, {"inputs": {"m": "x"}}):
        with pytest.raises(GoldenError, match=r"inputs: is missing|unknown key"):
            load(tmp_path, "g.jsonl", json.dumps(row | inputs))
    assert time.process_time() - begin < 3
