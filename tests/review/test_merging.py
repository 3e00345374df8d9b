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
    assert scene.review("ours").suites[0].name == "b"
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
