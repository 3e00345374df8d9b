"""Files that change all or none."""

from __future__ import annotations

import json

import pytest

from pytest_promptevo.base.text_files import atomic_write, remove
from pytest_promptevo.base.watching import watched
from pytest_promptevo.errors import RecordingError
from pytest_promptevo.night.seal import seal
from pytest_promptevo.night.undo import Restored, Undo


@pytest.fixture(autouse=True)
def _own_key(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def files(tmp_path):
    (tmp_path / "lock").write_bytes("one\r\nzwö\n".encode())
    return [tmp_path / "lock", tmp_path / "promptevo_recordings" / "new.jsonl"]


def test_what_was_begun_and_not_done_is_put_back(tmp_path, files):
    old, new = files
    undo = Undo(tmp_path / "note", tmp_path, tmp_path / "lock")
    undo.begin(files)
    with watched(undo.expect):
        atomic_write(old, "two")
        atomic_write(new, "three")
        atomic_write(new, "four")
    told = Undo(tmp_path / "note", tmp_path, tmp_path / "lock").back()
    assert told == Restored(("lock", "promptevo_recordings/new.jsonl"))
    assert "as before it: `lock`, `promptevo_recordings/new.jsonl`" in told.told()[0]
    assert old.read_bytes() == "one\r\nzwö\n".encode()
    assert not new.exists()
    assert not (tmp_path / "note").exists()


def test_what_somebody_has_written_since_stays(tmp_path, files):
    old, new = files
    undo = Undo(tmp_path / "note", tmp_path, tmp_path / "lock")
    undo.begin(files)
    with watched(undo.expect):
        atomic_write(old, "two")
        atomic_write(new, "three")
    old.write_text("mine")
    new.write_text("mine, too")
    told = Undo(tmp_path / "note", tmp_path, tmp_path / "lock").back()
    assert told == Restored((), ("lock", "promptevo_recordings/new.jsonl"))
    shown = "stay as they are (look at `git diff`): `lock`, `promptevo_recordings/new.jsonl`"
    assert shown in told.told()[0]
    assert (old.read_text(), new.read_text()) == ("mine", "mine, too")
    assert not (tmp_path / "note").exists()


def test_a_file_that_the_work_has_removed_comes_back_and_one_that_somebody_has_does_not(
    tmp_path, files
):
    note, file = tmp_path / "note", files[0]
    undo = Undo(note, tmp_path, tmp_path / "lock")
    undo.begin(files)
    text = note.read_text()
    file.unlink()
    assert undo.back() == Restored((), ("lock",))
    note.write_text(text)
    file.write_bytes("one\r\nzwö\n".encode())
    with watched(undo.expect):
        remove(file)
    assert undo.back() == Restored(("lock",))
    assert file.read_bytes() == "one\r\nzwö\n".encode()


def test_files_of_others_are_not_noted(tmp_path, files):
    undo = Undo(tmp_path / "note", tmp_path, tmp_path / "lock")
    undo.begin(files)
    before = (tmp_path / "note").read_text()
    with watched(undo.expect):
        atomic_write(tmp_path / "other", "two")
        atomic_write(tmp_path.parent / "outside", "two")
    assert (tmp_path / "note").read_text() == before


def test_what_is_done_stays(tmp_path, files):
    undo = Undo(tmp_path / "note", tmp_path, tmp_path / "lock")
    undo.begin(files)
    files[0].write_text("two")
    undo.done()
    assert undo.back() == Restored()
    assert files[0].read_text() == "two"


def test_putting_back_twice_is_as_good_as_once(tmp_path, files):
    undo = Undo(tmp_path / "note", tmp_path, tmp_path / "lock")
    undo.begin(files)
    undo.expect(files[0], "two")
    note = (tmp_path / "note").read_text()
    files[0].write_text("two")
    undo.back()
    (tmp_path / "note").write_text(note)
    undo.back()
    assert files[0].read_bytes() == "one\r\nzwö\n".encode()


@pytest.mark.parametrize(
    "note",
    [
        "{",
        "[1]",
        "3",
        "[" * 100_000,
        '{"lock": ["x", []]}',
        "",
        "\n{}",
        "0" * 64 + "\n{}",
        "\u2028\n{}",
    ],
)
def test_what_is_no_note_is_refused(tmp_path, note):
    (tmp_path / "note").write_text(note)
    with pytest.raises(RecordingError, match="cannot be read"):
        Undo(tmp_path / "note", tmp_path, tmp_path / "lock").back()


@pytest.mark.parametrize("first", ["x" * 64, "", "[" + "[]," * 10])
def test_nothing_is_parsed_that_this_user_has_not_sealed(tmp_path, monkeypatch, first):
    (tmp_path / "note").write_text(f"{first}\n{{}}")
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail(f"parsed {text!r}"))
    with pytest.raises(RecordingError, match="no night of this user has written it"):
        Undo(tmp_path / "note", tmp_path, tmp_path / "lock").back()


def sealed(folder, files):
    """Writes a note as a process of this user would."""
    text = json.dumps(files)
    (folder / "note").write_text(f"{seal(text, folder)}\n{text}")


@pytest.mark.parametrize(
    "name",
    [
        "../out",
        "/etc/out",
        "conftest.py",
        "other.jsonl",
        ".git/hooks/post-checkout",
        ".git/x.jsonl",
        "promptevo_recordings/.x.jsonl",
        "promptevo_recordings/below/x.jsonl",
        "promptevo_recordings/x.py",
        "",
        "lock\0",
    ],
)
def test_no_file_is_written_but_those_that_nights_write(tmp_path, name):
    folder = tmp_path / "project"
    folder.mkdir()
    sealed(folder, {name: ["x", ["gone"]]})
    with pytest.raises(RecordingError, match="no file that a night writes"):
        Undo(folder / "note", folder, folder / "lock").back()
    assert {path.name for path in tmp_path.rglob("*")} == {"project", "note"}


@pytest.mark.parametrize("file", [["x"], [3, []], ["\ud800", []], 3, ["x", 3]])
def test_a_file_that_is_noted_wrongly_is_refused(tmp_path, file):
    sealed(tmp_path, {"lock": file})
    with pytest.raises(RecordingError, match="cannot be read"):
        Undo(tmp_path / "note", tmp_path, tmp_path / "lock").back()


def test_a_note_that_somebody_else_has_written_is_refused(tmp_path, files, monkeypatch):
    undo = Undo(tmp_path / "note", tmp_path, tmp_path / "lock")
    undo.begin(files)
    with watched(undo.expect):
        atomic_write(files[0], "two")
    for elsewhere in (tmp_path / "others", "/dev/null"):
        monkeypatch.setenv("XDG_STATE_HOME", str(elsewhere))
        with pytest.raises(RecordingError, match="no night of this user has written it"):
            Undo(tmp_path / "note", tmp_path, tmp_path / "lock").back()
    assert files[0].read_text() == "two"


def test_a_key_in_the_project_seals_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert seal("text", tmp_path) == ""
    assert seal("text", tmp_path / "other") != ""


def test_a_file_that_became_a_link_out_of_the_project_is_not_written(tmp_path, files):
    undo = Undo(tmp_path / "note", tmp_path, tmp_path / "lock")
    undo.begin(files)
    files[0].unlink()
    files[0].symlink_to("/tmp/elsewhere")
    assert "zw" in (tmp_path / "note").read_text()
    with pytest.raises((OSError, RecordingError)):
        undo.back()
