from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import RecordingError
from pytest_promptevo.recording import (
    Answered,
    Recording,
    committed_digest,
    committed_text,
    salvage_committed,
    write_committed,
)
from unit.support import load_committed, make_recording

if TYPE_CHECKING:
    from pathlib import Path

KEY = make_recording().key
BY_EXAMPLE: dict[str, list[Recording]] = {
    "b": [make_recording(params="k2", text='a\u2028b\n"é😀', max_tokens=None)],
    "a": [make_recording(), make_recording(params="k3", text="", finish="length")],
}
ANSWERS = [
    Answered(example, f"sha256:{example}", [(0, recording) for recording in recordings])
    for example, recordings in BY_EXAMPLE.items()
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_committed(tmp_path / "orders.jsonl", committed_text(ANSWERS))
    return tmp_path / "orders.jsonl"


def test_a_missing_file_holds_none(tmp_path: Path) -> None:
    committed = load_committed(tmp_path / "x.jsonl")
    assert (committed.by_example, committed.golden, committed.digest) == ({}, {}, "")


def test_what_was_written_is_loaded(path: Path) -> None:
    committed = load_committed(path)
    assert committed.by_example == BY_EXAMPLE
    assert committed.golden == {"a": "sha256:a", "b": "sha256:b"}


def test_a_conflict_of_a_merge_is_named_with_what_mends_it(path: Path) -> None:
    path.write_text(f"<<<<<<< HEAD\n{path.read_text('utf-8')}", "utf-8")
    _, damage = salvage_committed(path)
    assert damage is not None
    assert ":1: merge-conflict marker '<<<<<<<'" in str(damage)
    assert "--promptevo-record=all --promptevo-update-lock" in str(damage)


def test_rows_are_sorted_by_example_and_attempt(path: Path) -> None:
    rows = [json.loads(row) for row in path.read_text().split("\n")[:-1]]
    assert [(row["example"], row["attempt"]) for row in rows] == [("a", 0), ("a", 1), ("b", 0)]


def test_the_order_of_the_answers_does_not_change_the_bytes(path: Path) -> None:
    assert committed_text(ANSWERS[::-1]) == path.read_text("utf-8")


def test_a_second_write_changes_nothing(path: Path) -> None:
    os.utime(path, (1, 1))
    assert not write_committed(path, committed_text(ANSWERS))
    assert path.stat().st_mtime == 1


def test_other_bytes_are_written(path: Path) -> None:
    assert write_committed(path, committed_text(ANSWERS[:1]))
    assert set(load_committed(path).by_example) == {"b"}


def test_a_row_begins_with_what_people_read(path: Path) -> None:
    first = json.loads(path.read_text("utf-8").split("\n")[0])
    assert list(first)[:5] == ["example", "golden", "attempt", "text", "finish"]


def test_the_number_of_a_later_draw_stands_in_its_row(tmp_path: Path) -> None:
    drawn = Answered("a", "sha256:a", [(0, make_recording()), (2, make_recording(params="k2"))])
    text = committed_text([drawn])
    first, second = (json.loads(row) for row in text.splitlines())
    assert ("draw" in first, second["draw"], second["attempt"]) == (False, 2, 1)
    write_committed(tmp_path / "orders.jsonl", text)
    assert load_committed(tmp_path / "orders.jsonl").by_example == {
        "a": [make_recording(), make_recording(params="k2")]
    }


def test_the_digest_is_that_of_the_written_text(path: Path) -> None:
    digest = committed_digest(committed_text(ANSWERS))
    assert digest.startswith("sha256:")
    assert len(digest) == len("sha256:") + 32
    assert load_committed(path).digest == digest


def test_line_ends_of_windows_are_the_same_recordings(path: Path) -> None:
    before = load_committed(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_committed(path) == before


@pytest.mark.parametrize(("old", "new"), [("12.5", "1.0"), ('"11"', '"12"'), ("sha256:b", "other")])
def test_any_other_content_has_another_digest(path: Path, old: str, new: str) -> None:
    before, text = load_committed(path).digest, path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert load_committed(path).digest not in ("", before)


def test_rows_without_a_golden_digest_are_loaded(path: Path) -> None:
    rows = [json.loads(row) for row in path.read_text("utf-8").split("\n")[:-1]]
    for row in rows:
        del row["golden"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    committed = load_committed(path)
    assert (committed.by_example, committed.golden) == (BY_EXAMPLE, {})


def test_an_answer_is_found_by_key_and_limit(path: Path) -> None:
    committed = load_committed(path)
    assert committed.get(KEY, 99) == make_recording()
    assert committed.get(KEY, 2) is None
    assert committed.get("unknown", 16) is None


def test_a_later_answer_is_added(path: Path) -> None:
    committed = load_committed(path)
    committed.add("a", make_recording(params="k4"))
    assert len(committed.by_example["a"]) == 3
    assert committed.get(make_recording(params="k4").key, 16) is not None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"attempt": 1}, "attempt 1 of 'z' is out of order or stands twice"),
        ({"attempt": -1}, "attempt: "),
        ({"text": 7}, "text: Input should be a valid string"),
        ({"finish": "error"}, "finish: Input should be 'stop' or 'length'"),
        ({"max_tokens": "16"}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": -1}, "max_tokens: "),
        ({"prompt_tokens": -5}, "prompt_tokens: Input should be greater than or equal to 0"),
        ({"completion_tokens": 1.5}, "completion_tokens: Input should be a valid integer"),
        ({"latency_ms": -1.0}, "latency_ms: Input should be greater than or equal to 0"),
        ({"latency_ms": float("nan")}, "latency_ms: Input should be a finite number"),
        ({"latency_ms": float("inf")}, "latency_ms: Input should be a finite number"),
        ({"key": "k1"}, "not a recording: the key is not that of its model, messages and params"),
        ({"prompt_tokens": 10**30}, "prompt_tokens is not within 0 and 1,000,000,000"),
        ({"text": "12"}, "not a recording: another answer to the same request stands above"),
        ({"example": "a", "attempt": 2, "golden": "other"}, "'a' has another golden digest above"),
        ({"extra": 1}, "not a recording: unknown key 'extra'"),
        ({"golden": 5}, "golden: Input should be a valid string"),
        ({"draw": -1}, "draw: Input should be greater than or equal to 0"),
    ],
)
def test_a_wrong_row_names_its_line(path: Path, changes: Any, said: str) -> None:
    row = {"example": "z", "attempt": 0, **asdict(make_recording()), **changes}
    with path.open("a") as file:
        file.write("\n" + json.dumps(row) + "\n")
    with pytest.raises(RecordingError) as caught:
        load_committed(path)
    assert "orders.jsonl:5: " in str(caught.value)
    assert said in str(caught.value)


def test_a_line_that_stands_twice_is_one(path: Path) -> None:
    """A merge that keeps the lines of both sides leaves what both have added twice."""
    before, text = load_committed(path), path.read_text()
    rows = text.splitlines(keepends=True)
    path.write_text("".join([rows[0], *rows, *rows[1:]]))
    after = load_committed(path)
    assert after.by_example == before.by_example
    assert after.digest == before.digest == committed_digest(text)


def test_an_attempt_that_stands_twice_is_named(path: Path) -> None:
    rows = path.read_text().splitlines(keepends=True)
    row = json.loads(rows[0]) | {"text": "another"}
    path.write_text("".join([rows[0], json.dumps(row) + "\n"]))
    with pytest.raises(
        RecordingError, match=r":2: attempt 0 of 'a' is out of order or stands twice"
    ):
        load_committed(path)


def test_one_answer_may_serve_two_examples(tmp_path: Path) -> None:
    same = [Answered(example, "sha256:1", [(0, make_recording())]) for example in "ab"]
    write_committed(tmp_path / "orders.jsonl", committed_text(same))
    assert list(load_committed(tmp_path / "orders.jsonl").by_example) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{" + ", ".join(f'"k{n}": 1' for n in range(490_000)) + "}", "unknown key 'k0'"),
        ("{" + ", ".join(['"k": ' + "1" * 4000] * 1_100) + "}", "unknown key 'k'"),
        ("{" + ", ".join(['"text": 1'] * 490_000) + "}", "more than 17 keys"),
        ("[" + ", ".join(["{}"] * 240_000) + "]", "should be an object"),
        ('{"text": [' + ", ".join(['{"a": 1}'] * 240_000) + "]}", "text: should be no list"),
    ],
    ids=["unknown", "numbers", "again", "list", "value"],
)
def test_a_row_of_a_great_many_values_is_refused_at_once(path: Path, text: str, said: str) -> None:
    with path.open("a") as file:
        file.write(f"\n{text}\n")
    started = time.perf_counter()
    with pytest.raises(RecordingError, match=f"not a recording: {said}"):
        load_committed(path)
    assert time.perf_counter() - started < 5


def test_a_text_of_many_commas_is_read(path: Path) -> None:
    recording = make_recording(text="," * 5_000 + "[{}]" * 100)
    path.write_text(committed_text([Answered("z", "", [(0, recording)])]))
    assert load_committed(path).by_example["z"] == [recording]


def test_thousands_of_examples_may_have_one_answer(tmp_path: Path) -> None:
    answers = [Answered(f"e{n}", "sha256:1", [(0, make_recording())]) for n in range(4_000)]
    write_committed(tmp_path / "orders.jsonl", committed_text(answers))
    begin = time.process_time()
    committed = load_committed(tmp_path / "orders.jsonl")
    assert {committed.get(KEY, 16) for _ in answers} == {make_recording()}
    assert time.process_time() - begin < 2
