"""The composite action: its script in bash, with the real command and a ``gh`` that notes calls."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pytest_promptevo.review.markdown import MARKER
from review.cases import weights

if TYPE_CHECKING:
    from review.scene import Scene

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "promptevo-diff"

GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in *--paginate*) printf '%s' "$KNOWN";; esac
exit "$GH_CODE"
"""
_CODE = "from pytest_promptevo.commands.main import main; raise SystemExit(main())"
PROMPTEVO = f"""#!/bin/sh
exec {sys.executable} -c '{_CODE}' "$@"
"""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return weights(tmp_path_factory.mktemp("weights") / "project")


@pytest.fixture
def act(scene: Scene, tmp_path: Path) -> Any:
    """Returns what runs the script, and returns exit code, output and the calls of ``gh``."""
    for name, text in (("gh", GH), ("promptevo", PROMPTEVO)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()

    def run(**changes: str) -> tuple[int, str, list[str]]:
        given = {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CALLS": str(calls),
            "BASE": "base",
            "FAIL_ON": "stale",
            "COMMENT": "true",
            "NUMBER": "7",
            "KNOWN": "",
            "GH_CODE": "0",
            "GITHUB_REPOSITORY": "owner/name",
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            **changes,
        }
        done = subprocess.run(
            [ACTION / "review.sh"],
            cwd=scene.root,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, calls.read_text().splitlines()

    return run


def test_one_comment_is_written(act: Any, tmp_path: Path) -> None:
    code, told, calls = act()
    assert (code, told) == (0, "")
    assert calls[0].startswith("api --paginate repos/owner/name/issues/7/comments --jq ")
    assert MARKER in calls[0]
    assert calls[1].startswith("api --silent --method POST repos/owner/name/issues/7/comments -F ")
    assert (tmp_path / "summary").read_text("utf-8").startswith(MARKER)


def test_a_comment_that_is_there_is_updated(act: Any) -> None:
    calls = act(KNOWN="4711\n4712\n")[2]
    assert calls[1].startswith("api --silent --method PATCH repos/owner/name/issues/comments/4711 ")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"FAIL_ON": "weights"}, 1),
        ({"GH_CODE": "1", "FAIL_ON": "weights"}, 1),
        ({"GH_CODE": "1"}, 0),
    ],
)
def test_the_review_decides_how_the_step_ends(act: Any, changes: dict[str, str], code: int) -> None:
    found, told, _ = act(**changes)
    assert found == code
    assert ("::warning::" in told) is ("GH_CODE" in changes)


@pytest.mark.parametrize(
    "changes", [{"COMMENT": "false"}, {"NUMBER": ""}, {"BASE": "nowhere"}, {"BASE": "$(touch x)"}]
)
def test_no_comment_is_written(act: Any, scene: Scene, changes: dict[str, str]) -> None:
    code, _, calls = act(**changes)
    assert calls == []
    assert code == (2 if "BASE" in changes else 0)
    assert not (scene.root / "x").exists()


def test_paths_are_words(act: Any) -> None:
    assert act(PATHS="golden orders.promptevo.yaml", FAIL_ON="weights")[0] == 1
    code, told, _ = act(PATHS="nowhere $(touch x)")
    assert code == 2
    assert "nowhere: no such file or folder at either end" in told
    assert act(PATHS="--format=json")[0] == 2
    assert act(PATHS="golden\norders.promptevo.yaml\n", FAIL_ON="weights")[0] == 1


def test_a_tag_is_no_base_of_a_pull_request(act: Any, scene: Scene) -> None:
    """Whoever may push tags would have a change compared with itself."""
    scene.git("update-ref", "refs/remotes/origin/main", "base")
    scene.git("tag", "origin/main", "head")
    try:
        asked = {"BASE": "", "GITHUB_BASE_REF": "main", "FAIL_ON": "weights"}
        assert act(**asked)[0] == 1
    finally:
        scene.git("tag", "--delete", "origin/main")


def test_where_nothing_changed_a_comment_is_only_updated(act: Any) -> None:
    assert len(act(BASE="head")[2]) == 1
    assert "PATCH" in act(BASE="head", KNOWN="5")[2][-1]


def test_no_text_of_others_is_put_into_a_script() -> None:
    """An expression in ``run`` would be put into the script before the shell reads it."""
    (step,) = yaml.safe_load((ACTION / "action.yml").read_text())["runs"]["steps"]
    assert "${{" not in step["run"]
    assert set(step["env"]) == {"BASE", "COMMENT", "FAIL_ON", "GH_TOKEN", "NUMBER", "PATHS"}
