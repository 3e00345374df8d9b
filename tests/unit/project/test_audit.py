from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base import yaml_writer
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.project.audit import Checked, audit
from pytest_promptevo.project.audit.checked import Figure
from pytest_promptevo.project.audit.moved import ALPHA, FIGURES, _level, moved
from pytest_promptevo.project.audit.sample import _rank
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
    return text.split()[-1] if drawn < RIGHT else "unsure" + " really" * int(drawn * 20)
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


def recorded_rows(folder: Path) -> tuple[Path, list[dict[str, Any]]]:
    path = folder / "promptevo_recordings" / "orders.jsonl"
    return path, [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def forge(folder: Path, share: float) -> None:
    """Replaces wrong answers by right ones."""
    path, rows = recorded_rows(folder)
    wrong = [row for row in rows if row["text"].startswith("unsure")]
    for row in wrong[: round(share * COUNT)]:
        row["text"] = row["example"].removeprefix("o-")
    write(path, rows)


def test_other_draws_of_the_same_model_are_noise(tmp_path: Path) -> None:
    locked(tmp_path)
    alarms = 0
    for draw in range(100):
        found = audited(tmp_path, DRAW=f"draw {draw}")
        assert found.differences == []
        alarms += not found.passes
    # At 1 %, five or more of 100 (which share their recorded half) are a matter of 0.3 %.
    assert alarms < 5
    assert "60 that may vary: quality 0." in audit_line(found)
    assert audit_line(found).endswith("): within noise (drawn by recordings)")


def test_forged_answers_at_a_temperature_are_beyond_noise(tmp_path: Path) -> None:
    locked(tmp_path)
    forge(tmp_path, 1.0)
    found = audited(tmp_path, DRAW="second")
    assert not found.passes
    quality = found.figures["quality"]
    assert quality.recorded == 1.0
    told = audit_failure(found)
    assert f"the recorded quality 1.000 is not what the model reaches: {quality.now:.3f}" in told
    assert "and 1" in told


def test_forged_tokens_at_a_temperature_are_beyond_noise(tmp_path: Path) -> None:
    locked(tmp_path)
    path, rows = recorded_rows(tmp_path)
    write(path, [{**row, "completion_tokens": 0} for row in rows])
    found = audited(tmp_path, DRAW="second")
    assert found.beyond_noise == ["completion_tokens"]
    assert "the recorded completion tokens 0.0 is not what the model reaches" in audit_failure(
        found
    )
    assert "completion tokens 0.0 recorded, " in audit_line(found)


def test_the_same_request_has_as_many_tokens_at_any_temperature(tmp_path: Path) -> None:
    locked(tmp_path)
    path, rows = recorded_rows(tmp_path)
    rows[3]["prompt_tokens"] = 1
    write(path, rows)
    found = audited(tmp_path, DRAW="second")
    (difference,) = found.differences
    assert (difference.example, difference.names) == (rows[3]["example"], ("prompt_tokens",))
    assert "    prompt_tokens: 1 recorded, 2 now" in audit_failure(found)


def test_how_an_answer_ended_is_compared(tmp_path: Path) -> None:
    model = "def answer(request):\n    return request.messages[-1].content\n"
    (tmp_path / "varying.py").write_text(model)
    locked(tmp_path, temperature=0, genome={"temperature": 0, "max_tokens": 1}, threshold=-1.0)
    assert audited(tmp_path).passes
    path, rows = recorded_rows(tmp_path)
    assert {row["finish"] for row in rows} == {"length"}
    write(path, [{**rows[0], "finish": "stop"}, *rows[1:]])
    assert "    finish: stop recorded, length now" in audit_failure(audited(tmp_path))


def test_at_a_temperature_the_share_of_cut_answers_is_compared(tmp_path: Path) -> None:
    model = "def answer(request):\n    return request.messages[-1].content\n"
    (tmp_path / "varying.py").write_text(model)
    locked(tmp_path, genome={"temperature": 0.7, "max_tokens": 1}, threshold=-1.0)
    assert audited(tmp_path).passes
    path, rows = recorded_rows(tmp_path)
    write(path, [{**row, "finish": "stop"} for row in rows])
    found = audited(tmp_path)
    assert found.beyond_noise == ["cut_off"]
    assert "share that was cut off 0.000 is not what the model reaches: 1.000" in audit_failure(
        found
    )


def test_at_temperature_0_one_answer_is_enough(tmp_path: Path) -> None:
    locked(tmp_path, temperature=0)
    assert audited(tmp_path).passes
    forge(tmp_path, 1 / COUNT)
    found = audited(tmp_path)
    assert not found.passes
    (difference,) = found.differences
    assert difference.recorded.text == difference.example[2:]
    assert difference.now.text.startswith("unsure")


def test_where_nobody_sees_the_weights_scores_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked(tmp_path, temperature=0)
    monkeypatch.setitem(KINDS, "scripted", Kind("scripted", repeats=False))
    found = audited(tmp_path, DRAW="another machine")
    assert (found.differences, len(found.varying), found.passes) == ([], COUNT, True)
    assert not audited(tmp_path, RIGHT=0.0).passes


@pytest.mark.parametrize("temperature", [0, 1e-9])
def test_what_is_as_good_as_equal_is_rounding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temperature: float
) -> None:
    tie = "text.split()[-1] if request.replicate % 4 == 3 else 'unsure'"
    model = f"def answer(request):\n    text = request.messages[-1].content\n    return {tie}\n"
    (tmp_path / "varying.py").write_text(model)
    locked(tmp_path, temperature=temperature)
    path, rows = recorded_rows(tmp_path)
    rows[0]["text"] = rows[0]["example"].removeprefix("o-")
    rows[1]["text"] = "never"
    write(path, rows)
    strict = {each.example for each in audited(tmp_path).differences}
    assert strict == (set() if temperature else {rows[0]["example"], rows[1]["example"]})
    monkeypatch.setitem(KINDS, "scripted", Kind("scripted", rounds=True))
    found = audited(tmp_path)
    assert [each.example for each in found.differences] == [rows[1]["example"]]
    assert "1 differ, 1 equal only up to rounding" in audit_line(found)


def test_every_draw_is_an_answer_of_its_own(tmp_path: Path) -> None:
    locked(tmp_path, repeats=3)
    found = audited(tmp_path, 3 * COUNT)
    quality = found.figures["quality"]
    assert (found.total, len(found.checked), quality.p_value) == (3 * COUNT, 3 * COUNT, 1.0)
    assert len(audited(tmp_path, 7).checked) == 7


def test_draws_of_an_example_are_one_piece_of_evidence() -> None:
    """Three times the same difference is no more than once."""

    def p_value(examples: int, draws: int) -> float:
        checked = [
            Checked(f"o-{index}", False, (), False, Figure(1.0, 0.0), *[Figure(1.0, 1.0)] * 4)
            for index in range(examples)
            for _ in range(draws)
        ]
        return moved(checked)["quality"].p_value

    assert p_value(4, 3) == p_value(4, 1) == 2**-4
    assert p_value(7, 1) == 2**-7


def test_copies_of_an_example_are_one_piece_of_evidence(tmp_path: Path) -> None:
    """They were recorded with one answer, however many there are."""
    copied = [
        {"id": f"o-{at}", "inputs": {"message": f"order {at % 5}"}, "expected": str(at % 5)}
        for at in range(COUNT)
    ]
    locked(tmp_path, golden=copied)
    found = audited(tmp_path, DRAW="other", RIGHT=0.0)
    assert len(found.checked) == COUNT
    assert len({each.requests for each in found.checked}) == 5
    assert found.passes


@pytest.mark.parametrize(
    ("differing", "tests"),
    [
        ((0, 0, 0, 0), 1),
        ((7, 0, 0, 0), 1),
        ((7, 6, 6, 6), 1),
        ((7, 7, 0, 0), 2),
        ((8, 8, 0, 0), 2),
        ((60, 60, 60, 0), 3),
        ((60, 60, 60, 60), 4),
    ],
)
def test_figures_that_can_show_nothing_cost_no_evidence(
    differing: tuple[int, ...], tests: int
) -> None:
    assert len(differing) == len(FIGURES)
    assert _level(differing) == ALPHA / tests


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
