"""Locks and recordings that git merges: by the driver, and by the union of lines."""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.commands.main import main
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import read_lock
from pytest_promptevo.lock.file import parsed
from pytest_promptevo.lock.merged import read_merged
from pytest_promptevo.recording import salvage_committed
from review.scene import Scene, example

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A repository with three locked suites, whose git merges locks by the driver."""
    made = Scene(tmp_path / "project")
    made.model({"Be polite.": (1,)})
    for name in ("a", "b", "c"):
        made.golden([example(at) for at in range(6)], name)
        made.suite(name, golden=f"golden/{name}.jsonl")
    made.accept()
    code = "from pytest_promptevo.commands.main import main; raise SystemExit(main())"
    driver = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} merge %O %A %B %P"
    made.git("config", "merge.promptevo.driver", driver)
    made.write(
        ".gitattributes",
        "promptevo.lock merge=promptevo\npromptevo_recordings/*.jsonl merge=union\n",
    )
    made.commit("base")
    return made


def changed(scene: Scene, branch: str, *names: str, **changes: Any) -> None:
    """Changes suites on a branch of their own, and locks them."""
    scene.git("checkout", "--quiet", "-B", branch, "base")
    for name in names:
        scene.suite(name, golden=f"golden/{name}.jsonl", **changes)
    scene.accept(*names)
    scene.commit(branch)


def merged(scene: Scene) -> str:
    """Merges the branch `theirs` into `ours`; returns what git says of the files."""
    scene.git("checkout", "--quiet", "ours")
    scene.git("merge", "--no-edit", "--quiet", "theirs", may_fail=True)
    return scene.git("status", "--porcelain")


def test_each_entry_comes_from_the_side_that_changed_it(scene: Scene) -> None:
    """Beside each other in the file: without the driver this is a conflict."""
    changed(scene, "ours", "a", threshold=0.3)
    changed(scene, "theirs", "b", threshold=0.4)
    assert merged(scene) == ""
    lock = read_lock(scene.root / "promptevo.lock")
    assert list(lock.entries) == ["a", "b", "c"]
    assert scene.review("refs/tags/ours").suites[0].name == "b"
    assert [change.name for change in scene.review("base").suites] == ["a", "b"]
    assert all(not change.staleness.is_stale for change in scene.review("base").suites)


def test_what_a_side_took_out_is_out(scene: Scene) -> None:
    scene.git("checkout", "--quiet", "-B", "ours", "base")
    text = (scene.root / "promptevo.lock").read_text()
    start, end = text.index("  b:\n"), text.index("  c:\n")
    scene.write("promptevo.lock", text[:start] + text[end:])
    scene.commit("ours")
    changed(scene, "theirs", "c", threshold=0.4)
    assert merged(scene) == ""
    assert list(read_lock(scene.root / "promptevo.lock").entries) == ["a", "c"]


def test_an_entry_that_both_changed_stands_with_markers(scene: Scene) -> None:
    changed(scene, "ours", "a", "b", threshold=0.3)
    changed(scene, "theirs", "b", "c", threshold=0.4)
    assert "UU promptevo.lock\n" in merged(scene)
    path = scene.root / "promptevo.lock"
    text = path.read_text()
    assert text.count("<<<<<<< ours\n") == text.count(">>>>>>> theirs\n") == 1
    assert text.index("  a:\n") < text.index("<<<<<<<") < text.index("  c:\n")
    with pytest.raises(LockError, match="a merge has left conflict markers"):
        read_lock(path)
    with pytest.raises(LockError, match="both sides of the merge changed entry 'b'"):
        read_merged(path, lambda _name, _entry: False)
    theirs = scene.git("show", "theirs:promptevo.lock")
    taken = read_merged(
        path, lambda _name, entry: entry.fingerprints["objectives"] in _last(theirs)
    )
    scene.write("theirs.lock", theirs)
    assert taken.entries["b"] == read_lock(scene.root / "theirs.lock").entries["b"]


def _last(text: str) -> str:
    """Returns the rows of entry b."""
    return text[text.index("  b:\n") : text.index("  c:\n")]


def test_a_side_that_cannot_be_read_is_a_conflict(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (scene.root / "promptevo.lock").read_text()
    versions = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, version in zip(versions, (text, text, text[: len(text) // 2]), strict=True):
        path.write_text(version)
    assert main(["merge", *map(str, versions), "promptevo.lock"]) == 1
    assert "a side of the merge cannot be read: the lock is truncated" in capsys.readouterr().err
    assert versions[1].read_text().startswith("<<<<<<< ours\n")
    with pytest.raises(LockError, match="a side of the merge cannot be read"):
        read_merged(versions[1], lambda _name, _entry: True)


def _versions(tmp_path: Path, *texts: str) -> list[Path]:
    """Writes what both sides come from, ours and theirs."""
    made = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, text in zip(made, texts, strict=True):
        path.write_text(text)
    return made


def test_sides_that_have_merged_each_other_before_conflict_in_an_entry_alone(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    """What they come from is then a merge, too, with markers in it."""
    for branch, threshold in (("ours", 0.3), ("theirs", 0.4)):
        changed(scene, branch, "a", threshold=threshold)
    for branch, other, own in (("ours", "theirs", "b"), ("theirs", "ours", "c")):
        scene.git("checkout", "--quiet", branch)
        scene.git("merge", "--quiet", f"{other}~0", may_fail=True)
        scene.git("checkout", branch, "--", ".")
        scene.git("commit", "--quiet", "--no-edit")
        scene.suite(own, golden=f"golden/{own}.jsonl", threshold=0.2)
        scene.accept(own)
        scene.git("commit", "--quiet", "--all", "--message", "more")
    scene.git("tag", "--delete", "ours", "theirs")
    assert scene.git("merge-base", "--all", "ours", "theirs").count("\n") == 2
    assert "UU promptevo.lock\n" in merged(scene)
    path = scene.root / "promptevo.lock"
    text = path.read_text()
    assert text.count("<<<<<<< ours\n") == text.count(">>>>>>> theirs\n") == 1
    assert "cannot be read" not in capfd.readouterr().err
    before = {
        side: parsed(scene.git("show", f"{side}:promptevo.lock"), path).entries
        for side in ("ours", "theirs")
    }
    taken = read_merged(path, lambda name, entry: entry == before["theirs"][name])
    for name, side in (("a", "theirs"), ("b", "ours"), ("c", "theirs")):
        assert taken.entries[name] == before[side][name]


def test_an_entry_that_is_unsure_in_the_common_version_and_gone_on_a_side_is_a_conflict(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (scene.root / "promptevo.lock").read_text()
    b, c = text.index("  b:\n"), text.index("  c:\n")
    without = text[:b] + text[c:]
    base = f"{text[:b]}<<<<<<< x\n{text[b:c]}=======\n>>>>>>> y\n{text[c:]}"
    paths = _versions(tmp_path, base, text, without)
    assert main(["merge", *map(str, paths)]) == 1
    assert "both sides of the merge changed entry 'b'" in capsys.readouterr().err
    assert paths[1].read_text().count("<<<<<<<") == 1


def test_a_common_version_that_is_no_lock_is_none(scene: Scene, tmp_path: Path) -> None:
    text = (scene.root / "promptevo.lock").read_text()
    b, c = text.index("  b:\n"), text.index("  c:\n")
    for base in (b"<<<<<<< x\n", b"\xff", text.replace("version: 2", "version: 9").encode()):
        paths = _versions(tmp_path, "", text[:b] + text[c:], text)
        paths[0].write_bytes(base)
        assert main(["merge", *map(str, paths)]) == 0
        assert paths[1].read_text() == text


@pytest.mark.parametrize("theirs", [b"\xff\n", b"<<<<<<< x\n=======\n>>>>>>> y\n", None, "folder"])
@pytest.mark.parametrize("is_ours", [False, True])
def test_no_side_is_lost_that_is_no_text(
    scene: Scene,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    theirs: bytes | str | None,
    is_ours: bool,
) -> None:
    """Both stand with one pair of markers, or OURS stays and the exit code tells git."""
    text = (scene.root / "promptevo.lock").read_text()
    paths = _versions(tmp_path, text, text, text)
    bad = paths[1 if is_ours else 2]
    bad.unlink()
    if isinstance(theirs, bytes):
        bad.write_bytes(theirs)
    elif theirs:
        bad.mkdir()
    can_be_written = isinstance(theirs, bytes) or not is_ours
    assert main(["merge", *map(str, paths), "promptevo.lock"]) == (1 if can_be_written else 129)
    assert "promptevo.lock" in capsys.readouterr().err
    if can_be_written:
        written = paths[1].read_text()
        assert text in written
        assert [written.count(f"\n{'<' * 7} "), written.startswith("<<<<<<< ours\n")] == [0, True]
        assert written.count("\n=======\n") == written.count("\n>>>>>>> ") == 1
    else:
        assert bad.is_dir() or not bad.exists()


def test_a_merge_that_cannot_be_written_is_none(
    scene: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    text = (scene.root / "promptevo.lock").read_text()
    paths = _versions(tmp_path, text, text, text)
    monkeypatch.setattr("pytest_promptevo.base.text_files.atomic_write", full)
    assert main(["merge", *map(str, paths), "promptevo.lock"]) == 129
    assert "promptevo.lock was not merged: No space left on device" in capsys.readouterr().err


def test_locks_that_have_no_common_version_are_put_together(scene: Scene, tmp_path: Path) -> None:
    text = (scene.root / "promptevo.lock").read_text()
    start, end = text.index("  b:\n"), text.index("  c:\n")
    versions = [tmp_path / name for name in ("base", "ours", "theirs")]
    texts = ("", text[:start] + text[end:], text[:start] + text[start:end] + "# end of lock\n")
    for path, version in zip(versions, texts, strict=True):
        path.write_text(version)
    assert main(["merge", *map(str, versions)]) == 0
    assert versions[1].read_text() == text


def test_recordings_of_both_sides_are_read(scene: Scene) -> None:
    """Both add the same example, and one each of their own, beside each other."""
    for branch, own in (("ours", 20), ("theirs", 30)):
        scene.git("checkout", "--quiet", "-B", branch, "base")
        scene.golden([example(at) for at in (*range(6), 10, own)], "a")
        scene.accept("a")
        scene.commit(branch)
    assert "UU promptevo.lock\n" in merged(scene)
    path = scene.root / "promptevo_recordings" / "a.jsonl"
    rows = path.read_text().splitlines()
    path.write_text("\n".join([*rows, rows[6], ""]))  # as other versions of git leave them
    committed, damage = salvage_committed(path)
    assert damage is None
    numbers = (*range(6), 10, 20, 30)
    assert sorted(committed.by_example) == [f"ord-{at:03}" for at in numbers]
    scene.git("checkout", "ours", "--", "promptevo.lock")
    scene.golden([example(at) for at in numbers], "a")
    shutil.rmtree(scene.root / ".promptevo")
    scene.accept("a", record="none")  # no answer is missing
    entry = read_lock(scene.root / "promptevo.lock").entries["a"]
    assert entry.figures["after"].n == len(numbers)
    assert path.read_text().count("\n") == len(numbers)
