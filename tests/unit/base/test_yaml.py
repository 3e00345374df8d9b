from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from pytest_promptevo.base import yaml_reader, yaml_writer
from pytest_promptevo.base.yaml_reader import Located
from pytest_promptevo.base.yaml_writer import Flow
from pytest_promptevo.errors import InputError, LockError

FILE = Path("file.yaml")


def load(text: str) -> Located:
    return yaml_reader.load(text, FILE)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("12345678901234567890", 12345678901234567890),
        ("0.5", 0.5),
        ("-1.5e-3", -0.0015),
        ("1e3", 1000.0),
    ],
)
def test_scalars_of_the_json_schema_are_converted(written: str, value: Any) -> None:
    found = load(f"key: {written}").data["key"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "written",
    [
        "007",
        "-01",
        "no",
        "yes",
        "on",
        "No",
        "TRUE",
        "True",
        "Null",
        "N/A",
        "n",
        "1_000",
        "12:30",
        "2024-01-01",
        "2024-01-01 12:00:00",
        "0x1F",
        "0o17",
        "0b1",
        "+1",
        ".5",
        "5.",
        ".inf",
        ".nan",
        "1e999",
        "=",
        "<<",
        "1.2.3",
        "9" * 5000,
    ],
)
def test_all_else_stays_the_text_that_was_written(written: str) -> None:
    assert load(f"key: {written}").data == {"key": written}


@pytest.mark.parametrize("written", ["'7'", '"7"', "!!str 7", "! 7", "|-\n  7"])
def test_a_quoted_number_is_a_text(written: str) -> None:
    assert load(f"key: {written}").data == {"key": "7"}


def test_keys_stay_texts() -> None:
    assert load("1: a\nyes: b\n? ''\n: c").data == {"1": "a", "yes": "b", "": "c"}


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "~"])
def test_a_file_without_content_is_nothing(text: str) -> None:
    assert load(text).data is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "duplicate key 'a'"),
        ("a:\n  b: 1\n  'b': 2\n", 3, "duplicate key 'b'"),
        ("a: &x 1\n", 1, "anchors and aliases"),
        ("a: 1\nb: *x\n", 2, "anchors and aliases"),
        ("a: 1\n&x b: 2\n", 2, "anchors and aliases"),
        ("a: 1\nb: !!python/object:os.system 2\n", 2, "tag 'tag:yaml.org,2002:python/object"),
        ("a: !!int 7\n", 1, "tag 'tag:yaml.org,2002:int'"),
        ("!!int 7: a\n", 1, "tag 'tag:yaml.org,2002:int'"),
        ("a: !!binary aGk=\n", 1, "is not supported"),
        ("a: !custom {}\n", 1, "tag '!custom'"),
        ("a: 1\n---\nb: 2\n", 2, "more than one document"),
        ("? [a]\n: 1\n", 1, "a key must be a plain name"),
        ("a: 1\n? {b: c}\n: 1\n", 2, "a key must be a plain name"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n", 2, "merge-conflict marker '<<<<<<<'"),
        ("a: 1\n=======\n", 2, "merge-conflict marker '======='"),
        ("a: 1\r\n=======\r\n", 2, "merge-conflict marker '======='"),
        ("a: 1\nb: 2\n>>>>>>> other", 3, "merge-conflict marker '>>>>>>>'"),
        ("||||||| base\n", 1, "merge-conflict marker '|||||||'"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: 1\n b: 2\n", 2, "not valid YAML"),
        ('a: 1\nb: "open\n\n', 2, "not valid YAML"),
        ("a: @x\n", 1, "not valid YAML"),
        ("a: 1\nb: x\x07y\n", 2, "not valid YAML: unacceptable character #x0007"),
        ("a: é😀\nb: x\x00y\nc: 1\n", 2, "not valid YAML: unacceptable character #x0000"),
        ("a:\n" + "- " * 70 + "x", 2, "nested more than 64 levels"),
        ("a: 1\nb: " + "[" * 200, 2, "nested more than 64 levels"),
        ("{a: " * 2000, 1, "nested more than 64 levels"),
    ],
)
def test_an_error_names_the_line(text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(text)
    assert caught.value.line == line
    assert said in str(caught.value)
    assert f"file.yaml:{line}: " in str(caught.value)


def test_the_error_is_of_the_class_that_was_asked_for() -> None:
    with pytest.raises(LockError):
        yaml_reader.load("a: [", FILE, LockError)


def test_a_marker_inside_a_text_is_no_conflict() -> None:
    assert load("a: |\n  =======\n  <<<<<<< x\n").data == {"a": "=======\n<<<<<<< x\n"}


def test_lines_are_those_of_keys_and_items() -> None:
    located = load("# head\na: 1\nb:\n  - x\n  - c: 2\n    d:\n      3\n")
    paths = [("a",), ("b",), ("b", 0), ("b", 1, "c"), ("b", 1, "d")]
    assert [located.line(path) for path in paths] == [2, 3, 4, 5, 6]


def test_an_unknown_path_has_the_line_of_what_is_above_it() -> None:
    located = load("a: 1\nb:\n  c: 2\n")
    assert located.line(("b", "missing", 3)) == 2
    assert Located(None).line(("a",)) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "key: plain\n"),
        ("007", "key: '007'\n"),
        ("7", 'key: "7"\n'),
        ("", 'key: ""\n'),
        ("null", 'key: "null"\n'),
        ("é😀", "key: é😀\n"),
        ("one\ntwo\n", "key: |\n  one\n  two\n"),
        ("word " * 13 + "end", "key: |-\n  " + "word " * 13 + "end\n"),
        (Flow(mean=0.5, n=2), "key: {mean: 0.5, n: 2}\n"),
        ([], "key: []\n"),
        (["a", {"b": 1}], "key:\n  - a\n  - b: 1\n"),
    ],
)
def test_values_are_dumped_so_that_people_can_read_them(value: Any, text: str) -> None:
    assert yaml_writer.dump({"key": value}) == text


@pytest.mark.parametrize(
    "value", ["a\x85b\nc", "a\u2028b", "a\tb\n", "a \nb", " a\nb", "\r", "\ufeff"]
)
def test_odd_white_space_survives(value: str) -> None:
    assert load(yaml_writer.dump({"key": [value]})).data == {"key": [value]}


def test_equal_objects_are_written_out_twice() -> None:
    shared = ["a"]
    assert yaml_writer.dump({"one": shared, "two": shared}) == "one:\n  - a\ntwo:\n  - a\n"


def test_a_file_of_a_million_values_is_refused() -> None:
    with pytest.raises(InputError, match="more than 500,000 values"):
        load("- a\n" * 500_001)


def test_a_deep_document_takes_no_more_memory_than_a_flat_one() -> None:
    peaks = []
    for depth in (1, 60):
        text = "a: " + "[" * depth + "x," * 50_000 + "]" * depth
        tracemalloc.start()
        made = load(text)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert made.line(("a", *[0] * (depth - 1), 49_999)) == 1
    assert peaks[1] < peaks[0] * 1.1
