"""``promptevo diff`` as it is typed: what it reads, where it writes, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.commands.main import main
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.review import bounds, git_calls
from pytest_promptevo.review.markdown import COMMENT, MARKER, SUMMARY
from pytest_promptevo.review.trees import CommitTree
from pytest_promptevo.suite import load as load_suite
from review.cases import weights
from review.scene import Scene, example

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Typed = tuple[int, str, str]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A repository that is only read."""
    return weights(tmp_path_factory.mktemp("weights") / "project")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A repository with a locked suite of eight examples."""
    made = Scene(tmp_path / "project")
    made.model({})
    made.golden([example(at) for at in range(8)])
    made.suite()
    made.accept()
    made.commit("base")
    return made


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Typed]:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)

    def run(scene: Scene, *arguments: str) -> Typed:
        monkeypatch.chdir(scene.root)
        try:
            code = main(["diff", *arguments])
        except SystemExit as exc:
            code = int(exc.code or 0)
        return code, *capsys.readouterr()

    return run


def test_without_fail_on_it_ends_with_0(shared: Scene, typed: Callable[..., Typed]) -> None:
    code, told, errors = typed(shared, "base..head")
    assert (code, errors) == (0, "")
    assert told.startswith("orders: other weights under the same name. ")


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [("weights", 1), ("regressed", 1), ("stale, removed", 0), ("stale,weights", 1), ("", 0)],
)
def test_fail_on_decides_how_it_ends(
    shared: Scene, typed: Callable[..., Typed], fail_on: str, code: int
) -> None:
    found, _, errors = typed(shared, "base..head", "--fail-on", fail_on)
    assert found == code
    assert errors.startswith("promptevo: error: --fail-on: orders: ") is bool(code)


def test_without_commits_it_is_head_against_the_work_tree(
    scene: Scene, typed: Callable[..., Typed]
) -> None:
    scene.golden([example(at) for at in range(9)])
    assert typed(scene) == typed(scene, "HEAD")
    code, told, errors = typed(scene)
    assert (code, errors) == (0, "")
    assert told.startswith("orders: stale: the evidence is not about this code.")


@pytest.mark.parametrize("path", ["orders.promptevo.yaml", "..", "../project"])
def test_a_path_in_place_of_commits_is_told(
    scene: Scene, typed: Callable[..., Typed], path: str
) -> None:
    code, _, errors = typed(scene, path)
    assert code == 2
    told = f"{path} is a path, and commits stand first: promptevo diff HEAD {path}"
    assert errors == f"promptevo: error: {told}\n"


def test_a_second_commit_in_place_of_a_path_is_told(
    shared: Scene, typed: Callable[..., Typed]
) -> None:
    code, _, errors = typed(shared, "base", "head")
    told = "head is a commit, and paths stand after the commits: promptevo diff base..head"
    assert (code, errors) == (2, f"promptevo: error: {told}\n")
    code, _, errors = typed(shared, "base", "none")
    assert (code, errors) == (2, "promptevo: error: none: no such file or folder at either end\n")


def test_fail_on_knows_its_words(shared: Scene, typed: Callable[..., Typed]) -> None:
    code, _, errors = typed(shared, "base..head", "--fail-on", "regresed")
    assert (code, errors.splitlines()) == (
        2,
        [
            "promptevo: error: --fail-on: no condition 'regresed': did you mean 'regressed'? "
            "(all: regressed, stale, unconfirmed, weights, removed, laxer)"
        ],
    )


@pytest.mark.parametrize("setting", ["true", "false"])
def test_a_name_of_several_commits_is_none(
    scene: Scene, typed: Callable[..., Typed], setting: str
) -> None:
    scene.git("config", "core.warnAmbiguousRefs", setting)
    scene.git("branch", "both", "base")
    scene.suite(threshold=0.1)
    scene.commit("both")
    code, _, errors = typed(scene, "both..HEAD")
    assert code == 2
    assert errors == (
        "promptevo: error: 'both' names several commits: write it in full, as refs/heads/NAME, "
        "refs/remotes/origin/NAME or refs/tags/NAME\n"
    )
    assert typed(scene, "refs/heads/both..HEAD", "--fail-on", "stale")[0] == 1


@pytest.mark.parametrize("name", ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
def test_variables_of_git_hide_no_file(
    scene: Scene, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"GIT_{name}_PATHSPECS", "1")
    code, told, _ = typed(scene, "base")
    assert (code, told.split(",")[0]) == (0, "0 of 1 suite changed")


def test_both_ways_read_otherwise(shared: Scene, typed: Callable[..., Typed]) -> None:
    told = typed(shared, "head..base")[1]
    assert "3 newly failing, 4 fixed" in told
    assert "1,435 ms → 1,215 ms" not in told  # which keeps the limit


def test_the_same_commit_has_no_change(shared: Scene, typed: Callable[..., Typed]) -> None:
    code, told, _ = typed(shared, "head..head", "--format", "md", "--fail-on", "weights")
    assert code == 0
    assert told.startswith(f"{MARKER}\n\nNo suite changed (of 1), ")


def test_json_is_for_programs(shared: Scene, typed: Callable[..., Typed]) -> None:
    (suite,) = json.loads(typed(shared, "base..head", "--format", "json")[1])["suites"]
    assert (suite["word"], suite["conditions"]) == ("other weights", ["regressed", "weights"])
    counts = {"newly_failing": 4, "fixed": 3, "still_failing": 0, "compared": 72}
    assert counts.items() <= suite["counts"].items()
    flips = [flip["example"] for flip in suite["flips"]]
    assert flips == [f"ord-00{at}" for at in (4, 5, 6, 7, 1, 2, 3)]


def test_a_file_is_written_whole(
    shared: Scene, typed: Callable[..., Typed], tmp_path: Path
) -> None:
    path = tmp_path / "new" / "review.md"
    code, told, _ = typed(shared, "base..head", "--format", "md", "--output", str(path))
    assert (code, told) == (0, "")
    assert path.read_text("utf-8").startswith(f"{MARKER}\n\n> [!WARNING]\n> **`orders`: other ")


def test_the_summary_of_a_step_is_added_to(
    shared: Scene,
    typed: Callable[..., Typed],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "summary"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert typed(shared, "base..head")[0] == 0
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    text = path.read_text("utf-8")
    assert text.startswith(f"before\n{MARKER}\n\n> [!WARNING]\n")
    path.write_text("x" * (SUMMARY - 100))
    monkeypatch.chdir(shared.root)
    assert main(["diff", "base..head"]) == 0
    assert path.stat().st_size == SUMMARY - 100


def test_base_alone_is_against_the_work_tree(scene: Scene, typed: Callable[..., Typed]) -> None:
    assert "0 of 1 suite changed" in typed(scene, "base")[1]
    scene.golden([example(at) for at in range(9)])
    code, told, _ = typed(scene, "base", "--fail-on", "stale")
    assert code == 1
    assert told.startswith("orders: stale: the evidence is not about this code. ")
    assert told.rstrip().endswith("-> the work tree")
    scene.golden([example(at) for at in range(8)], "other")  # new, and tracked by nobody
    scene.suite("other", golden="golden/other.jsonl")
    assert "\nother: new. It has no lock entry" in typed(scene, "base")[1]


def test_three_dots_begin_where_a_branch_has_left(
    scene: Scene, typed: Callable[..., Typed]
) -> None:
    scene.git("checkout", "--quiet", "-b", "branch")
    scene.write("notes.txt", "x")
    scene.commit("head")
    scene.git("checkout", "--quiet", "main")
    scene.suite(threshold=0.4)
    scene.accept()
    scene.commit("later")
    assert "0 of 1 suite changed" in typed(scene, "main...branch")[1]
    assert "The gate: threshold 0.4 → 0.5." in typed(scene, "main..branch")[1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere..head", "no commit 'nowhere': in CI it may not have been fetched: "),
        ("mian..head", "no commit 'mian' (did you mean 'main'?): in CI it may not"),
        ("base..--output=x", "no commit '--output=x': "),
        ("base..head^{tree}", "no commit 'head^{tree}': "),
        ("...", "which commits? BASE..HEAD, or BASE against the work tree"),
        ("base\x1b[31m..head", r"no commit 'base\x1b[31m' (did you mean 'base'?): "),
    ],
)
def test_commits_that_are_none_are_named(
    shared: Scene, typed: Callable[..., Typed], given: str, said: str
) -> None:
    code, told, errors = typed(shared, given)
    assert (code, told) == (2, "")
    assert errors.startswith(f"promptevo: error: {said}")


def test_the_branch_of_a_remote_is_named(shared: Scene, typed: Callable[..., Typed]) -> None:
    shared.git("update-ref", "refs/remotes/origin/release", "HEAD")
    assert "no commit 'release' (did you mean 'origin/release'?): " in typed(shared, "release")[2]


def test_an_option_is_no_commit(shared: Scene, typed: Callable[..., Typed]) -> None:
    assert typed(shared, "--", "--upload-pack=x")[0] == 2


def test_no_repository_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["diff", "main"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("promptevo: error: git rev-parse: not a git repo")
    assert told.endswith(": run it in a git repository\n")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("orders.promptevo.yaml", "suite: [", "orders.promptevo.yaml:2: not valid YAML"),
        ("promptevo.lock", "version: 2\n", "promptevo.lock:1: the lock is truncated"),
        ("golden/orders.jsonl", "{}\n", "golden/orders.jsonl:1: "),
    ],
)
def test_what_cannot_be_read_is_an_error_after_and_a_note_before(
    scene: Scene, typed: Callable[..., Typed], name: str, text: str, said: str
) -> None:
    scene.write(name, text)
    scene.commit("broken")
    code, _, errors = typed(scene, "base..broken")
    assert code == 2
    assert errors.startswith(f"promptevo: error: {said}")
    assert "Traceback" not in errors
    code, told, _ = typed(scene, "broken..base", "--format", "md")
    assert code == 0
    assert "What could not be read before" in told
    assert said[:20] in told


def test_what_cannot_be_read_at_either_end_is_a_note(
    scene: Scene, typed: Callable[..., Typed]
) -> None:
    scene.write("below/broken.promptevo.yaml", "x: [")
    scene.commit("broken")
    scene.suite(threshold=0.1)
    scene.commit("head")
    code, told, _ = typed(scene, "broken..head")
    assert code == 0
    assert told.startswith("orders: stale: the evidence is not about this code.")
    assert "not read at either end: below/broken.promptevo.yaml:2: not valid YAML" in told


def test_recordings_that_are_not_those_of_the_lock_are_told(
    scene: Scene, typed: Callable[..., Typed]
) -> None:
    path = scene.root / "promptevo_recordings" / "orders.jsonl"
    path.write_text(path.read_text().replace('"text": "order 3"', '"text": "order 4"'))
    scene.commit("edited")
    code, told, _ = typed(scene, "base..edited", "--fail-on", "stale")
    assert code == 1
    assert told.startswith(
        "orders: stale: other recordings. promptevo_recordings/orders.jsonl is not the file with "
        "which promptevo.lock was written."
    )


def test_nothing_of_either_end_is_run(
    scene: Scene, typed: Callable[..., Typed], tmp_path: Path
) -> None:
    """Neither Python of the project nor what its git attributes and configuration name."""
    mark = tmp_path / "ran"
    trap = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n"
    for name in ("conftest.py", "sitecustomize.py", "near.py", "review_scene_model.py"):
        scene.write(name, trap)
    hook = scene.write(".git/hooks/post-checkout", f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    for key in (
        "diff.x.textconv",
        "filter.x.smudge",
        "filter.x.clean",
        "diff.external",
        "core.fsmonitor",
    ):
        scene.git("config", key, f"touch {mark}; cat")
    scene.write(".gitattributes", "* diff=x filter=x\n")
    scene.suite(scorers=["python:near:near"])
    before = (scene.root / "promptevo.lock").read_bytes()
    for end in ("base", "base..base"):
        assert typed(scene, end, "--format", "md")[0] == 0
    assert not mark.exists()
    assert (scene.root / "promptevo.lock").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_links_are_not_followed_out(scene: Scene, typed: Callable[..., Typed]) -> None:
    outside = scene.root.parent / "secret.jsonl"
    outside.write_text(json.dumps(example(1)) + "\n")
    golden = scene.root / "golden" / "orders.jsonl"
    golden.unlink()
    golden.symlink_to(outside)
    code, _, errors = typed(scene, "base")
    assert code == 2
    assert "leaves the project's folder" in errors
    scene.commit("linked")
    code, _, errors = typed(scene, "base..linked")
    assert code == 2
    assert "it is a link, and links are not followed here" in errors


def test_a_shallow_clone_says_what_to_do(
    scene: Scene, typed: Callable[..., Typed], tmp_path: Path
) -> None:
    scene.commit("second")
    url = scene.root.as_uri()
    scene.git("clone", "--quiet", "--depth=1", "--no-tags", url, str(tmp_path / "clone"))
    shallow = Scene(tmp_path / "clone")
    code, _, errors = typed(shallow, "HEAD~1..HEAD")
    assert code == 2
    assert "fetch-depth: 0" in errors


@pytest.mark.parametrize("has_files", [False, True])
def test_folders_that_hold_one_another_many_times_are_given_up(
    scene: Scene, typed: Callable[..., Typed], has_files: bool
) -> None:
    """A few objects of a commit are then millions of paths; git prints none that has no file."""
    rows = ""
    if has_files:
        blob = scene.git("rev-parse", "HEAD:orders.promptevo.yaml").strip()
        rows = "".join(f"100644 blob {blob}\t{at}.promptevo.yaml\n" for at in range(10))
    for _ in range(7):
        tree = scene.git("mktree", stdin=rows).strip()
        rows = "".join(f"040000 tree {tree}\td{at}\n" for at in range(10))
    commit = scene.git("commit-tree", "-m", "bomb", tree).strip()
    code, _, told = typed(scene, f"HEAD..{commit}")
    assert code == 2
    assert told == (
        f"promptevo: error: commit {commit[:12]}: more than 500,000 paths, or 64 MiB of them, are "
        "not read\n"
    )


def _committed(scene: Scene, names: list[str], content: str) -> str:
    """Commits one content under many names, beside what is there; returns the commit."""
    blob = scene.git("hash-object", "-w", "--stdin", stdin=content).strip()
    rows = "".join(f"100644 blob {blob}\t{name}\n" for name in names)
    tree = scene.git("mktree", stdin=scene.git("ls-tree", "HEAD") + rows).strip()
    return scene.git("commit-tree", "-p", "HEAD", "-m", "more", tree).strip()


def test_a_golden_file_that_many_suites_name_is_read_once(
    scene: Scene, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of both ends together."""
    read = []
    load = load_suite.load_examples
    monkeypatch.setattr(
        load_suite, "load_examples", lambda path, text: read.append(path) or load(path, text)
    )
    text = (scene.root / "orders.promptevo.yaml").read_text().replace("suite: orders\n", "")
    commit = _committed(scene, [f"s{at}.promptevo.yaml" for at in range(9)], text)
    code, told, _ = typed(scene, f"HEAD..{commit}")
    assert (code, told.count(": new")) == (0, 9)
    assert len(read) == 1


def test_more_suites_or_bytes_than_can_be_meant_are_refused(
    scene: Scene, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    for ending, what in ((".promptevo.yaml", "suites"), ("/promptevo.lock", "locks")):
        with monkeypatch.context() as patched:
            patched.setattr(CommitTree, "names", [f"d{at}{ending}" for at in range(2_001)])
            code, _, told = typed(scene, "HEAD..HEAD")
        assert code == 2
        assert f"more than 2,000 {what}: name folders behind the commits\n" in told
    with monkeypatch.context() as patched:
        patched.setattr(bounds, "_MOST_EXAMPLES", 7)
        code, _, told = typed(scene, "HEAD..HEAD")
    assert (code, "more than 7 golden examples: name folders" in told) == (2, True)
    monkeypatch.setattr(bounds, "_MOST_BYTES", 1 << 20)
    names = [f"s{at}.promptevo.yaml" for at in range(20)]
    commit = _committed(scene, names, "# " + "x" * (1 << 16))
    code, _, told = typed(scene, f"HEAD..{commit}")
    assert (code, "recordings of more than 1 MiB: name folders behind" in told) == (2, True)
    assert typed(scene, f"HEAD..{commit}", "golden")[0] == 0
    for at in range(20):
        (scene.root / f"s{at}.promptevo.yaml").write_text("# " + "x" * (1 << 16))
    code, _, told = typed(scene, "HEAD")
    assert (code, "the work tree: suites, golden examples and" in told) == (2, True)


def test_a_submodule_is_no_suite(scene: Scene, typed: Callable[..., Typed]) -> None:
    for name in ("sub.promptevo.yaml", "other/promptevo.lock"):
        inner = Scene(scene.write(f"{name}/x", "").parent)
        inner.commit("inner")
    scene.commit("with")
    assert scene.git("ls-files", "--stage").count("160000") == 2
    for commits in ("base..HEAD", "base"):
        code, told, _ = typed(scene, commits)
        assert (code, told.startswith("0 of 1 suite changed")) == (0, True), told


def test_git_that_takes_too_long_is_told(
    scene: Scene, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_calls, "SECONDS", 0)
    _, _, told = typed(scene, "HEAD..HEAD")
    assert told == "promptevo: error: git rev-parse was given up after 0 seconds\n"
    slow = lru_cache(lambda _: time.sleep(0.3))
    scene.write("large", "\0" * (1 << 20))  # more than a pipe holds: git waits
    scene.commit("large")
    with pytest.raises(SettingsError, match=r"git show was given up after 0 seconds"):
        list(map(slow, git_calls.rows(["show", "HEAD:large"], scene.root, 10**9)))


def test_from_a_folder_below_all_is_reviewed(
    shared: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shared.root / "golden")
    assert main(["diff", "base..head"]) == 0
    assert "1 of 1 suite changed" in capsys.readouterr().out


def test_places_are_what_is_looked_at(tmp_path: Path, typed: Callable[..., Typed]) -> None:
    scene = Scene(tmp_path / "project")
    scene.model({})
    scene.golden([example(at) for at in range(6)])
    scene.suite()
    scene.suite("other")
    scene.accept()
    scene.commit("base")
    scene.suite(threshold=0.1)
    scene.suite("other", threshold=0.1)
    scene.write("below/broken.promptevo.yaml", "x: [")
    scene.commit("head")
    assert typed(scene, "base..head")[0] == 2
    code, told, _ = typed(scene, "base..head", "other.promptevo.yaml", "golden")
    assert code == 0
    assert told.startswith("other: stale: the evidence is not about this code.")
    assert "1 of 1 suite changed" in told
    code, _, errors = typed(scene, "base..head", "nowhere")
    assert (code, errors) == (
        2,
        "promptevo: error: nowhere: no such file or folder at either end\n",
    )


def test_the_script_needs_neither_pytest_nor_what_asks_models(shared: Scene) -> None:
    code = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(('pytest', '_pytest')))\n"
        "from pytest_promptevo.commands.main import main\n"
        "code = main(['diff', 'base..head', '--format', 'md'])\n"
        "heavy = {'httpx', 'ollama', 'sqlite3', 'optuna', 'xllamacpp'} & {*sys.modules}\n"
        "sys.exit(f'{heavy}' if heavy else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=shared.root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(MARKER)


def test_a_page_that_would_be_too_long_says_what_it_leaves_out(
    tmp_path: Path, typed: Callable[..., Typed]
) -> None:
    scene = Scene(tmp_path / "project")
    answers = {at: f"{at} " + "long answer " * 200 for at in range(40)}
    scene.model({}, answers=answers)
    scene.golden([example(at, tags=["one", "two"]) for at in range(40)])
    for number in range(12):
        scene.suite(f"orders-{number}")
    scene.accept()
    scene.commit("base")
    scene.model({"Be brief.": range(30)}, answers=answers)
    shutil.rmtree(scene.root / ".promptevo")
    scene.accept()
    scene.commit("head")
    page = typed(scene, "base..head", "--format", "md")[1]
    assert COMMENT * 0.8 < len(page) <= COMMENT
    assert page.count("> [!CAUTION]\n") == 12
    assert "worse.**" in page
    assert "12 of 12 suites changed" in page
    assert "And 10 more: 10 fails now." in page
    last = page.rstrip().splitlines()[-1]
    assert last.startswith("Left out, as the page would be too long: ")
    assert "tags of `orders-9`" in last


def test_a_folder_that_is_named_is_looked_into(scene: Scene, typed: Callable[..., Typed]) -> None:
    """As pytest collects what is named, whatever its ``norecursedirs`` say."""
    (scene.root / "build" / "suites").mkdir(parents=True)
    for name in ("golden", "promptevo_recordings", "promptevo.lock", "orders.promptevo.yaml"):
        shutil.move(scene.root / name, scene.root / "build" / "suites" / name)
    scene.commit("base")
    path = scene.root / "build" / "suites" / "orders.promptevo.yaml"
    path.write_text(path.read_text("utf-8").replace("threshold: 0.5", "threshold: 0.1"), "utf-8")
    scene.commit("head")
    assert "0 of 0 suites changed" in typed(scene, "base..head")[1]
    for place in ("build", "build/suites", "build/suites/orders.promptevo.yaml"):
        code, told, _ = typed(scene, "base..head", place, "--fail-on", "laxer")
        assert (code, "The gate: threshold 0.5 → 0.1." in told) == (1, True)
