from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pytest_promptevo.base.canonical import (
    atomic_write,
    canonical_json,
    digest,
    file_sha256,
    text_key,
)


def test_the_order_of_keys_does_not_count() -> None:
    assert canonical_json({"b": 1, "a": [1, None]}) == '{"a":[1,null],"b":1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
def test_what_is_no_json_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)


@pytest.mark.parametrize(("one", "other"), [(1, "1"), (1, True), (None, "null"), ([], {})])
def test_digests_tell_types_apart(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_a_text_that_utf8_cannot_hold_has_a_key() -> None:
    assert text_key("\ud800") != text_key("\ud801")


def test_a_file_is_hashed_anew_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"one")
    first = file_sha256(path)
    path.write_bytes(b"other")
    assert file_sha256(path) != first


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
