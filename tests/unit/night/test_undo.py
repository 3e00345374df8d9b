"""Files that change all or none."""

from __future__ import annotations

import json

import pytest

from pytest_promptevo.errors import RecordingError
from pytest_promptevo.night.undo import Undo


@pytest.fixture
def files(tmp_path):
    (tmp_path / "lock").write_bytes("one\r\nzwö\n".encode())
    return [tmp_path / "lock", tmp_path / "folder" / "new"]


def test_what_was_begun_and_not_done_is_put_back(tmp_path, files):
    old, new = files
    Undo(tmp_path / "note", tmp_path).begin(files)
    old.write_text("two")
    new.parent.mkdir()
    new.write_text("three")
    assert Undo(tmp_path / "note", tmp_path).back() == files
    assert old.read_bytes() == "one\r\nzwö\n".encode()
    assert not new.exists()
    assert not (tmp_path / "note").exists()


def test_what_is_done_stays(tmp_path, files):
    undo = Undo(tmp_path / "note", tmp_path)
    undo.begin(files)
    files[0].write_text("two")
    undo.done()
    assert undo.back() == []
    assert files[0].read_text() == "two"


def test_putting_back_twice_is_as_good_as_once(tmp_path, files):
    undo = Undo(tmp_path / "note", tmp_path)
    undo.begin(files)
    note = (tmp_path / "note").read_text()
    files[0].unlink()
    undo.back()
    (tmp_path / "note").write_text(note)
    undo.back()
    assert files[0].read_bytes() == "one\r\nzwö\n".encode()


@pytest.mark.parametrize("note", ["{", "[1]", '{"../out": "x"}', '{"/etc/out": "x"}', "3"])
def test_a_note_that_leads_elsewhere_is_refused(tmp_path, note):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "note").write_text(note)
    with pytest.raises(RecordingError, match="cannot be read"):
        Undo(folder / "note", folder).back()
    assert not (tmp_path / "out").exists()


def test_a_file_that_became_a_link_out_of_the_project_is_not_written(tmp_path, files):
    undo = Undo(tmp_path / "note", tmp_path)
    undo.begin(files)
    files[0].unlink()
    files[0].symlink_to("/tmp/elsewhere")
    assert json.loads((tmp_path / "note").read_text())
    with pytest.raises((OSError, RecordingError)):
        undo.back()
