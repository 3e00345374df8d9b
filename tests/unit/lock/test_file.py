from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import (
    Confirmed,
    HeldOut,
    LockedShot,
    Lockfile,
    Search,
    read_lock,
    write_lock,
)
from pytest_promptevo.lock.merged import read_merged
from pytest_promptevo.lock.parts import Mean
from unit.support import make_entry

if TYPE_CHECKING:
    from pathlib import Path

CONFIRMED = Confirmed(
    n=21, difference=Mean(mean=0.5, low=0.25, high=0.75), p_value=5e-05, detectable=None,
    verdict="confirmed",
)  # fmt: skip
SEARCH = Search(
    strategy="classic", seed=0, calls=120, generations=4, stopped="converged", confirmed=CONFIRMED
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lock = Lockfile(tmp_path / "promptevo.lock")
    write_lock(lock.with_entry("one", make_entry()).with_entry("two", make_entry(search=SEARCH)))
    return lock.path


def line_of(path: Path, start: str, nth: int = 1) -> int:
    rows = path.read_text().splitlines()
    return [at for at, row in enumerate(rows, 1) if row.startswith(start)][nth - 1]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def fails(path: Path, said: str, line: int) -> None:
    with pytest.raises(LockError) as caught:
        read_lock(path)
    assert f"promptevo.lock:{line}: {said}" in str(caught.value)


def entry_text(path: Path, name: str) -> str:
    return path.read_text().partition(f"  {name}:\n")[2].partition("  two:\n")[0]


def test_a_missing_lock_is_empty(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "promptevo.lock").entries == {}


def test_a_lock_without_entries_can_be_read(tmp_path: Path) -> None:
    write_lock(Lockfile(tmp_path / "promptevo.lock"))
    assert read_lock(tmp_path / "promptevo.lock").entries == {}


def test_what_was_written_is_read(path: Path) -> None:
    assert read_lock(path).entries == {"one": make_entry(), "two": make_entry(search=SEARCH)}


def test_reading_and_writing_keeps_every_byte(path: Path) -> None:
    before = path.read_bytes()
    assert not write_lock(read_lock(path))
    assert path.read_bytes() == before


def test_an_unchanged_lock_is_not_touched(path: Path) -> None:
    os.utime(path, (1, 1))
    write_lock(read_lock(path))
    assert path.stat().st_mtime == 1


def test_entries_are_sorted_whatever_their_order(path: Path, tmp_path: Path) -> None:
    other = Lockfile(tmp_path / "other.lock")
    write_lock(other.with_entry("two", make_entry(search=SEARCH)).with_entry("one", make_entry()))
    assert other.path.read_bytes() == path.read_bytes()


def test_texts_stand_in_blocks_and_means_on_one_line(path: Path) -> None:
    text = path.read_text()
    assert "      instruction: |-\n        Extract.\n        Only the number.\n" in text
    assert "        difference: {mean: 0.5, low: 0.25, high: 0.75}\n" in text
    assert "    known_failures:\n      - b\n" in text


def test_an_entry_that_did_not_change_keeps_its_bytes(path: Path) -> None:
    plain = "    search: accepted as it is\n"
    edit(path, plain, "    # reviewed by hand\n    search: 'accepted as it is'\n")
    before = entry_text(path, "one")
    write_lock(read_lock(path).with_entry("two", make_entry()).with_entry("abc", make_entry()))
    assert entry_text(path, "one") == before
    assert list(read_lock(path).entries) == ["abc", "one", "two"]


def test_a_lock_in_another_layout_can_be_extended(path: Path) -> None:
    entry = make_entry(genome={"model": "primary"})
    write_lock(Lockfile(path).with_entry("one", entry))
    path.write_text(path.read_text().replace("\n  ", "\n    "))
    write_lock(read_lock(path).with_entry("two", entry))
    assert read_lock(path).entries == {"one": entry, "two": entry}


def test_windows_line_ends_are_no_damage(path: Path) -> None:
    whole = read_lock(path).entries
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_lock(path).entries == whole


@pytest.mark.parametrize(
    "value",
    [
        "007",
        "no",
        "a\x85b\nc",
        "a\u2028b",
        " leading\n  more",
        "\n\n",
        "trailing \nspace",
        "# comment\n# end of lock\n",
        "- a\n- b\n",
        "{{x}}",
        "é😀\n",
        "=======\n<<<<<<< HEAD\n",
        "",
        10**20,
        -0.5,
        None,
        {"deep": [[], {}, {"k": ["v"]}]},
    ],
)
def test_any_value_of_an_example_survives(tmp_path: Path, value: object) -> None:
    lock = Lockfile(tmp_path / "promptevo.lock")
    entry = make_entry(shots=[LockedShot(id="s", inputs={"m": value}, expected=value)])
    write_lock(lock.with_entry("a", entry))
    assert read_lock(lock.path).entries == {"a": entry}


def test_qualities_and_unseen_examples_are_kept(tmp_path: Path) -> None:
    figures = make_entry().figures["after"]
    entry = make_entry(
        known_failures=[],
        quality={"b": 0.333333, "c": 0.0},
        held_out=HeldOut(
            ids=["a", "b"],
            inputs="12345678 0000e123",
            searched="12345e67",
            before=figures,
            after=figures,
        ),
        objectives={"quality": 1.0},
        recordings="sha256:7",
        repeats=3,
        search=SEARCH,
    )
    lock = Lockfile(tmp_path / "promptevo.lock")
    write_lock(lock.with_entry("one", entry))
    assert read_lock(lock.path).entries == {"one": entry}
    text = lock.path.read_text()
    assert "    quality:\n      b: 0.333333\n      c: 0.0\n" in text
    assert "known_failures" not in text


def test_that_no_quality_is_below_one_is_kept_too(tmp_path: Path) -> None:
    lock = Lockfile(tmp_path / "promptevo.lock")
    write_lock(lock.with_entry("one", make_entry(known_failures=[], quality={})))
    assert read_lock(lock.path).entries["one"].quality == {}


@pytest.mark.parametrize("quality", [-0.5, 1.5])
def test_a_quality_out_of_range_is_named(path: Path, quality: float) -> None:
    edit(path, "    known_failures:\n      - b\n", f"    quality:\n      b: {quality}\n")
    with pytest.raises(LockError, match=r"promptevo\.lock:\d+: quality\.b: "):
        read_lock(path)


def test_a_lock_of_version_1_is_read_and_written_as_version_2(path: Path) -> None:
    edit(path, "version: 2", "version: 1")
    lock = read_lock(path)
    assert lock.entries == {"one": make_entry(), "two": make_entry(search=SEARCH)}
    kept = entry_text(path, "one")
    new = make_entry(known_failures=[], quality={"b": 0.5})
    assert write_lock(lock.with_entry("two", new))
    assert "\nversion: 2\n" in path.read_text()
    assert entry_text(path, "one") == kept
    assert read_lock(path).entries == {"one": make_entry(), "two": new}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model: primary", "model: secondary"),
        ("Only the number", "Only the  number"),
        ("mean: 0.9835", "mean: 0.99"),
        ("- b", "- c"),
        ("    known_failures:\n      - b\n", ""),
        ("digest: sha256:1", "digest: sha256:9"),
    ],
)
def test_a_hand_edited_entry_is_named(path: Path, old: str, new: str) -> None:
    edit(path, old, new)
    fails(
        path, "entry 'one' was edited by hand: its checksum does not fit", line_of(path, "  one:")
    )


def test_a_removed_checksum_is_named(path: Path) -> None:
    edit(path, f"    checksum: {digest(make_entry().plain())}\n", "")
    fails(path, "entry 'one' has no checksum", line_of(path, "  one:"))


@pytest.mark.parametrize("keep", [1, 3, 10, 40, -1])
def test_a_truncated_lock_names_its_last_line(path: Path, keep: int) -> None:
    rows = path.read_text().splitlines(keepends=True)[:keep]
    path.write_text("".join(rows))
    fails(path, "the lock is truncated", len(rows))


def test_conflict_markers_are_named(path: Path) -> None:
    edit(path, "  two:\n", "<<<<<<< HEAD\n  two:\n")
    fails(path, "a merge has left conflict markers", line_of(path, "<<<"))


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("version: 2", "version: 3", "version 3 of the lock is not known", 3),
        ("version: 2", "version: 0", "version 0 of the lock is not known", 3),
        ("version: 2", "version: '2'", "version: should be a valid integer", 3),
        ("version: 2\n", "", "version: is missing", 3),
        ("suites:", "suits:", "unknown key 'suits' in the lock", 4),
        ("    genome:", "    gnome:", "unknown key 'gnome' in entry 'one'", 6),
        ("      max_repairs: 2", "      max_repairs: two", "output.max_repairs: should be", 20),
        ("    search: accepted as it is", "    search: 7", "search: should be a mapping", 37),
        ("  two:", "  one:", "duplicate key 'one'", 42),
    ],
)
def test_a_wrong_part_names_its_line(path: Path, old: str, new: str, said: str, line: int) -> None:
    edit(path, old, new)
    fails(path, said, line)


def test_a_lock_whose_last_entry_was_taken_out_by_hand_is_an_empty_one(path: Path) -> None:
    path.write_text("version: 2\nsuites:\n# end of lock\n")
    assert not read_lock(path).entries


def test_a_folder_in_place_of_the_lock_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LockError, match="cannot be read"):
        read_lock(tmp_path)


def test_a_lock_names_no_time_and_no_place(path: Path) -> None:
    text = path.read_text().replace("sha256:", "")
    assert str(path.parent) not in text
    assert not re.search(r"\d{4}-\d\d-\d\d|\b\d\d:\d\d", text)


def test_a_long_entry_in_conflict_is_read_at_once(path: Path) -> None:
    rows = "".join(f"      - row{number}\n" for number in range(150_000))
    sides = "<<<<<<< ours\n    x: 1\n=======\n   y: 2\n>>>>>>> theirs\n"
    edit(path, "# end of lock\n", f"  zero:\n    known_failures:\n{rows}{sides}# end of lock\n")
    begin = time.process_time()
    with pytest.raises(LockError, match="both sides of the merge changed entry 'zero'"):
        read_merged(path, lambda _name, _entry: False)
    assert time.process_time() - begin < 6


def test_comments_above_the_entries_are_not_read_for_each_of_them(path: Path) -> None:
    sides = "<<<<<<< ours\n    x: 1\n=======\n   y: 2\n>>>>>>> theirs\n"
    many = "".join(f"  s{number}:\n    x: 1\n" for number in range(200))
    edit(path, "version: 2\n", "version: 2\n" + "# a comment\n" * 100_000)
    edit(path, "# end of lock\n", f"{many}{sides}# end of lock\n")
    begin = time.process_time()
    with pytest.raises(LockError, match="both sides of the merge changed"):
        read_merged(path, lambda _name, _entry: False)
    assert time.process_time() - begin < 6


def test_a_side_of_a_merge_that_cannot_be_read_names_the_conflict(path: Path) -> None:
    rows = path.read_text().splitlines(keepends=True)
    rows[2] = "<<<<<<< HEAD\nversion: 2\n=======\nversion: two\n>>>>>>> other\n"
    path.write_text("".join(rows))
    with pytest.raises(LockError) as caught:
        read_merged(path, lambda _name, _entry: True)
    error = caught.value
    assert error.message.startswith("a side of the merge cannot be read: version: should be")
    assert error.line == 3
    assert error.hint.startswith("take the lock and promptevo_recordings/ of one side")


def test_a_newer_lock_is_none_to_be_restored_or_deleted(path: Path) -> None:
    edit(path, "version: 2\n", "version: 3\nmade: today\n")
    with pytest.raises(LockError, match="version 3 of the lock is not known") as caught:
        read_lock(path)
    assert caught.value.hint == "a newer pytest-promptevo has written it: update yours"


def test_the_hint_names_the_lock_that_is_meant(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent.parent)
    edit(path, "model: primary", "model: other")
    with pytest.raises(LockError) as caught:
        read_lock(path)
    assert f"git checkout -- {path.parent.name}/promptevo.lock " in caught.value.hint
