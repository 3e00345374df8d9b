from __future__ import annotations

import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from pytest_promptevo.base import text_files
from pytest_promptevo.base.text_files import atomic_write, parse_json, read_text
from pytest_promptevo.errors import InputError


def test_a_write_makes_missing_folders(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a" / "b" / "file", "é\r\n")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"\xc3\xa9\r\n"


def test_a_write_keeps_the_mode_of_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    atomic_write(path, "new")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_text_that_cannot_be_encoded_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        atomic_write(path, "new \ud800")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, failure: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(*_args: Any) -> None:
        raise failure

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[step], fail)
    with pytest.raises(type(failure)):
        atomic_write(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_new_file_has_the_mode_that_the_system_gives_files(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        atomic_write(tmp_path / "file", "text")
    finally:
        os.umask(mask)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_a_write_leaves_the_mask_of_the_process_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It belongs to all threads, and files that others make meanwhile would be open to all."""

    def refuse(_mask: int) -> int:
        raise AssertionError("the umask is the whole process's")

    monkeypatch.setattr(os, "umask", refuse)
    atomic_write(tmp_path / "file", "text")


def test_the_longest_name_that_the_system_takes_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 255)
    atomic_write(path, "text")
    assert path.read_text() == "text"


def test_a_file_of_somebody_else_is_never_opened_and_never_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _bytes: "taken")
    (tmp_path / ".taken.tmp").write_text("theirs")
    with pytest.raises(FileExistsError):
        atomic_write(tmp_path / "file", "text")
    assert (tmp_path / ".taken.tmp").read_text() == "theirs"


def test_threads_that_write_one_file_leave_one_whole_text(tmp_path: Path) -> None:
    texts = [str(number) * 10_000 for number in range(8)]
    threads = [
        threading.Thread(target=atomic_write, args=(tmp_path / "file", text)) for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("kind", ["pipe", "device", "link to a pipe"])
def test_special_files_are_refused_at_once(tmp_path: Path, kind: str) -> None:
    path, pipe = tmp_path / "file", tmp_path / "pipe"
    os.mkfifo(pipe)
    path.symlink_to("/dev/zero" if kind == "device" else pipe)
    with pytest.raises(InputError, match="not a regular file"):
        read_text(pipe if kind == "pipe" else path, InputError)


def test_a_file_without_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "LARGEST_FILE", 3)
    (tmp_path / "file").write_text("1234")
    with pytest.raises(InputError, match="larger than"):
        read_text(tmp_path / "file", InputError)
    (tmp_path / "file").write_text("123")
    assert read_text(tmp_path / "file", InputError) == "123"


@pytest.mark.parametrize("part", ["[],", "{},", '"",', "0,"])
def test_json_of_a_million_values_is_refused_before_they_are_made(part: str) -> None:
    text = f"[{part * 1_000_000}0]"
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="JSON of more than 500,000 values"):
            parse_json(text, Path("a.jsonl"), 3, InputError)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 1_000_000


def test_a_long_text_of_commas_within_the_limit_is_json() -> None:
    assert parse_json(f'"{"," * 400_000}"', Path("a.json"), 1, InputError) == "," * 400_000


def test_a_key_that_stands_twice_among_many_is_named() -> None:
    keys = [f'"key {number}": 0' for number in range(100_000)]
    with pytest.raises(InputError, match="duplicate key 'key 99999'"):
        parse_json(f"{{{', '.join([*keys, keys[-1]])}}}", Path("a.json"), 1, InputError)


def test_a_file_that_cannot_be_written_is_named_and_not_the_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with pytest.raises(OSError) as caught:
        atomic_write(tmp_path / "target", "text")
    assert str(tmp_path / "target") in str(caught.value)
    assert ".tmp" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
