from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base import yaml_writer
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.project.audit import Checked, _p_value, _rank, audit
from pytest_promptevo.project.commit_id import commit_id
from pytest_promptevo.providers import KINDS, Kind
from pytest_promptevo.reports.audit_text import audit_failure, audit_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = 60

MODEL = """
import hashlib

DRAW = "first"
RIGHT = 0.6

def answer(request):
    text = request.messages[-1].content
    drawn = hashlib.sha256(f"{DRAW} {text}".encode()).digest()[0] / 256
    return text.split()[-1] if drawn < RIGHT else "unsure"
"""


@pytest.fixture(autouse=True)
def _model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "varying.py").write_text(MODEL)
    yield
    sys.modules.pop("varying", None)


def locked(folder: Path, temperature: float = 0.7, **parts: Any) -> None:
    golden = [
        {"id": f"o-{index}", "inputs": {"message": f"order {index}"}, "expected": str(index)}
        for index in range(COUNT)
    ]
    suite: dict[str, Any] = {
        "suite": "orders",
        "golden": golden,
        "models": {"primary": "scripted:varying:answer"},
        "prompt": {"user": "{{message}}"},
        "genome": {"temperature": temperature},
        "scorers": ["exact_match"],
        "threshold": 0.1,
        **parts,
    }
    (folder / "orders.promptevo.yaml").write_text(yaml_writer.dump(suite), "utf-8")
    with Project.open(folder) as project:
        project.accept(project.load("orders.promptevo.yaml"))


def audited(folder: Path, count: int = COUNT, **model: Any) -> Any:
    for name, value in model.items():
        setattr(sys.modules["varying"], name, value)
    with Project.open(folder, Settings(record="none")) as project:
        return audit(project.load("orders.promptevo.yaml"), count)


def forge(folder: Path, share: float) -> None:
    """Replaces wrong answers by right ones."""
    path = folder / "promptevo_recordings" / "orders.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    wrong = [row for row in rows if row["text"] == "unsure"]
    for row in wrong[: round(share * COUNT)]:
        row["text"] = row["example"].removeprefix("o-")
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def test_other_draws_of_the_same_model_are_noise(tmp_path: Path) -> None:
    locked(tmp_path)
    alarms = 0
    for draw in range(100):
        found = audited(tmp_path, DRAW=f"draw {draw}")
        assert found.differences == []
        alarms += not found.passes
    # At 1 %, five or more of 100 (which share their recorded half) are a matter of 0.3 %.
    assert alarms < 5
    assert "60 that may vary, within noise" in audit_line(found)


def test_forged_answers_at_a_temperature_are_beyond_noise(tmp_path: Path) -> None:
    locked(tmp_path)
    forge(tmp_path, 1.0)
    found = audited(tmp_path, DRAW="second")
    assert not found.passes
    recorded, now = found.qualities
    assert recorded == 1.0
    assert f"the recorded quality 1.000 is not what the model reaches: {now:.3f}" in audit_failure(
        found
    )
    assert "and 1" in audit_failure(found)


def test_at_temperature_0_one_answer_is_enough(tmp_path: Path) -> None:
    locked(tmp_path, temperature=0)
    assert audited(tmp_path).passes
    forge(tmp_path, 1 / COUNT)
    found = audited(tmp_path)
    assert not found.passes
    (difference,) = found.differences
    assert (difference.recorded.text, difference.now.text) == (difference.example[2:], "unsure")


def test_where_nobody_sees_the_weights_scores_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked(tmp_path, temperature=0)
    monkeypatch.setitem(KINDS, "scripted", Kind("scripted", repeats=False))
    found = audited(tmp_path, DRAW="another machine")
    assert (found.differences, len(found.varying), found.passes) == ([], COUNT, True)
    assert not audited(tmp_path, RIGHT=0.0).passes


def test_what_is_as_good_as_equal_is_rounding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tie = "text.split()[-1] if request.replicate % 4 == 3 else 'unsure'"
    model = f"def answer(request):\n    text = request.messages[-1].content\n    return {tie}\n"
    (tmp_path / "varying.py").write_text(model)
    locked(tmp_path, temperature=0)
    path = tmp_path / "promptevo_recordings" / "orders.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows[0]["text"] = rows[0]["example"].removeprefix("o-")
    rows[1]["text"] = "never"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    strict = audited(tmp_path)
    assert {each.example for each in strict.differences} == {rows[0]["example"], rows[1]["example"]}
    monkeypatch.setitem(KINDS, "scripted", Kind("scripted", rounds=True))
    found = audited(tmp_path)
    assert [each.example for each in found.differences] == [rows[1]["example"]]
    assert "1 differ, 1 equal only up to rounding" in audit_line(found)


def test_every_draw_is_an_answer_of_its_own(tmp_path: Path) -> None:
    locked(tmp_path, repeats=3)
    found = audited(tmp_path, 3 * COUNT)
    assert (found.total, len(found.checked), found.p_value) == (3 * COUNT, 3 * COUNT, 1.0)
    assert len(audited(tmp_path, 7).checked) == 7


def test_draws_of_an_example_are_one_piece_of_evidence() -> None:
    """Three times the same difference is no more than once."""

    def p_value(examples: int, draws: int) -> float | None:
        checked = [
            Checked(f"o-{index}", False, (), False, (1.0, 0.0), (1.0, 1.0))
            for index in range(examples)
            for _ in range(draws)
        ]
        return _p_value(checked)

    assert p_value(4, 3) == p_value(4, 1) == 2**-4
    assert p_value(7, 1) == 2**-7


def test_openai_alone_cannot_tell_its_weights() -> None:
    assert [name for name, kind in KINDS.items() if not kind.repeats] == ["openai"]


def test_the_draw_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    locked(tmp_path, temperature=0)
    few, more = (audited(tmp_path, count) for count in (5, 12))
    assert [len(found.checked) for found in (few, more)] == [5, 12]
    assert {each.example for each in few.checked} < {each.example for each in more.checked}
    assert few.drawn_by == "recordings"


def test_a_commit_is_told_by_git(tmp_path: Path) -> None:
    assert commit_id(tmp_path) == ""
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org"]
    try:
        subprocess.run([*git, "init", "-q"], cwd=tmp_path, check=True)
    except OSError:
        pytest.skip("there is no git")
    assert commit_id(tmp_path) == ""
    subprocess.run([*git, "commit", "-qm", "x", "--allow-empty"], cwd=tmp_path, check=True)
    assert len(commit_id(tmp_path)) in (40, 64)


def test_a_machine_without_git_has_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_id(tmp_path) == ""


def test_the_draw_is_even() -> None:
    """No example is drawn more often than others, whatever its id."""
    first = [
        min(range(10), key=lambda index: _rank(f"commit {seed}", f"o-{index}", 0))
        for seed in range(2000)
    ]
    counts = [first.count(index) for index in range(10)]
    assert 140 < min(counts) <= max(counts) < 260
