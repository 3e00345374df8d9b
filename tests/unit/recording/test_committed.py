from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import RecordingError
from pytest_promptevo.recording import Recording, write_committed
from unit.support import load_committed, make_recording

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS: list[tuple[str, list[Recording]]] = [
    ("b", [make_recording(key="k2", text='a\u2028b\n"é😀', max_tokens=None)]),
    ("a", [make_recording(), make_recording(key="k3", text="", finish="length")]),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_committed(tmp_path / "orders.jsonl", ANSWERS)
    return tmp_path / "orders.jsonl"


def test_a_missing_file_holds_none(tmp_path: Path) -> None:
    assert load_committed(tmp_path / "x.jsonl").by_example == {}


def test_what_was_written_is_loaded(path: Path) -> None:
    assert load_committed(path).by_example == dict(ANSWERS)


def test_rows_are_sorted_by_example_and_attempt(path: Path) -> None:
    rows = [json.loads(row) for row in path.read_text().split("\n")[:-1]]
    assert [(row["example"], row["attempt"]) for row in rows] == [("a", 0), ("a", 1), ("b", 0)]


def test_the_order_of_the_answers_does_not_change_the_bytes(path: Path, tmp_path: Path) -> None:
    write_committed(tmp_path / "other.jsonl", ANSWERS[::-1])
    assert (tmp_path / "other.jsonl").read_bytes() == path.read_bytes()


def test_a_second_write_changes_nothing(path: Path) -> None:
    os.utime(path, (1, 1))
    assert not write_committed(path, load_committed(path).by_example.items())
    assert path.stat().st_mtime == 1


def test_a_row_begins_with_what_people_read() -> None:
    names = list(json.loads(json.dumps(vars(make_recording()))))
    assert set(names) >= {"text", "finish", "key"}


def test_an_answer_is_found_by_key_and_limit(path: Path) -> None:
    committed = load_committed(path)
    assert committed.get("k1", 99) == make_recording()
    assert committed.get("k1", 2) is None
    assert committed.get("unknown", 16) is None


def test_a_later_answer_is_added(path: Path) -> None:
    committed = load_committed(path)
    committed.add("a", make_recording(key="k4"))
    assert len(committed.by_example["a"]) == 3
    assert committed.get("k4", 16) is not None


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
        ({"extra": 1}, "extra: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_row_names_its_line(path: Path, changes: Any, said: str) -> None:
    row = {"example": "z", "attempt": 0, **vars(make_recording()), **changes}
    with path.open("a") as file:
        file.write("\n" + json.dumps(row) + "\n")
    with pytest.raises(RecordingError) as caught:
        load_committed(path)
    assert "orders.jsonl:5: " in str(caught.value)
    assert said in str(caught.value)


def test_an_attempt_that_stands_twice_is_named(path: Path) -> None:
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join([rows[0], rows[0]]))
    with pytest.raises(
        RecordingError, match=r":2: attempt 0 of 'a' is out of order or stands twice"
    ):
        load_committed(path)
