"""Files that are a help and no promise: what is read of them has bounds, whoever wrote them."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest

from pytest_promptevo.base import notes
from pytest_promptevo.base.notes import MOST_BYTES, MOST_VALUES, read_note, read_notes, write_notes

SIZE = 60 << 20
"""Bytes of a file that others have committed: `read_bytes` would read it."""

FLOODS = {
    "lists in a list": "[" + "[]," * (SIZE // 3) + "[]]",
    "lines of lists": "[]\n" * (SIZE // 3),
    "empty lines": "\n" * SIZE,
    "a text": '"' + "x" * SIZE + '"',
    "a text of wide letters": '"' + "\U0001f600" * (SIZE // 4) + '"',
    "rows": '{"a": [1, 2, 3, 4]}\n' * (SIZE // 20),
    "nested lists": "[" * SIZE,
    "a number": "1" * SIZE,
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_a_flood_takes_little_memory_and_time(tmp_path, text):
    path = tmp_path / "night.json"
    path.write_bytes(text.encode())
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises((ValueError, RecursionError)):
        read_note(path)
    rows = read_notes(path, list, 2_000).rows
    taken = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) <= 2_000
    assert peak < 150 << 20
    assert taken < 10


def test_the_last_rows_are_read(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_notes(path, list(range(10)))
    assert read_notes(path, int, 10) == notes.Notes(list(range(10)), is_whole=True)
    assert read_notes(path, int, 3) == notes.Notes([7, 8, 9], is_whole=False)
    assert read_notes(tmp_path / "none", int, 3) == notes.Notes([], is_whole=True)
    path.write_text("")
    assert read_notes(path, int, 3) == notes.Notes([], is_whole=True)
    path.write_text("1\r\n\r\n\n2\n\n\n", newline="")
    assert read_notes(path, int, 9) == notes.Notes([1, 2], is_whole=True)


def test_a_line_that_is_cut_by_the_bound_is_left_out(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    write_notes(path, [11111, 22222, 33333])
    monkeypatch.setattr(notes, "MOST_BYTES", 15)
    assert read_notes(path, int, 9) == notes.Notes([22222, 33333], is_whole=False)


def test_lines_before_too_many_values_are_left_out(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    write_notes(path, [[1, 1], [2, 2], [3, 3]])
    monkeypatch.setattr(notes, "MOST_VALUES", 5)
    assert read_notes(path, list, 9) == notes.Notes([[2, 2], [3, 3]], is_whole=False)


def test_a_line_that_is_none_costs_no_other(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 1}\n\xff\n{\n"x"\n' + b"[" * 100_000 + b'\n{"a": 2}\n')
    assert read_notes(path, lambda row: row["a"], 9).rows == [1, 2]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_mark_that_python_takes_for_the_end_of_a_line_cuts_no_row(tmp_path, mark):
    path = tmp_path / "rows.jsonl"
    rows = [f"one{mark}two", "three"]
    write_notes(path, rows)
    assert read_notes(path, str, 9).rows == rows


def test_a_note_within_its_bounds_is_whole(tmp_path):
    path = tmp_path / "note.json"
    for value in ([0] * (MOST_VALUES - 1), "x" * (MOST_BYTES - 2)):
        path.write_text(json.dumps(value, separators=(",", ":")))
        assert read_note(path) == value
    for value in ([0] * (MOST_VALUES + 1), "x" * (MOST_BYTES - 1)):
        path.write_text(json.dumps(value, separators=(",", ":")))
        with pytest.raises(ValueError, match="more than"):
            read_note(path)
