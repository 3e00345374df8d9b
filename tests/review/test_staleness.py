"""What a review says of a stale lock, without running code, is what `SUITE[lock]` says."""

# ruff: noqa: E501

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.lock.file import read_lock, write_lock
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.review.alert import alert
from pytest_promptevo.review.pieces import plain
from pytest_promptevo.review.words import Condition, Word
from review.scene import MODULE, Scene, example

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.lock import Entry

COUNT = 8
NEAR = "from helper import same\n\n\ndef near(output, example):\n    return same(output, example)\n"
HELPER = "def same(output, example):\n    return output.text == example.expected\n"
BASE: dict[str, Any] = {
    "scorers": ["exact_match", "python:near:near", {"regex": {"pattern": "order"}}],
    "search": {
        "persona": ["Be brief.", "Be polite."],
        "shots": {"few_shot": "golden/shots.jsonl", "max": 2},
    },
    "genome": {"persona": "Be brief.", "shots": ["ord-091"], "temperature": 0, "max_tokens": 900},
    "output": {"format": "text"},
}


def schema(scene: Scene) -> None:
    scene.write("schema.json", json.dumps({"type": "object"}))
    scene.suite(**{**BASE, "output": {"format": "json", "schema": "schema.json"}})


def shots(scene: Scene) -> None:
    scene.golden([example(at) for at in (91, 92, 93)], "shots")


def in_lock(edit: Callable[[Entry], dict[str, Any]]) -> Callable[[Scene], Any]:
    def edited(scene: Scene) -> None:
        path = scene.root / "promptevo.lock"
        lock = read_lock(path)
        entry = lock.entries["orders"]
        write_lock(lock.with_entry("orders", entry.model_copy(update=edit(entry))))

    return edited


def with_shot(entry: Entry) -> dict[str, Any]:
    (shot,) = entry.shots
    return {"shots": [shot.model_copy(update={"expected": "x"})]}


EDITS: dict[str, Callable[[Scene], Any]] = {
    "nothing": lambda scene: None,
    "prompt": lambda scene: scene.suite(**BASE, prompt={"system": "{{persona}}", "user": "{{message}}?"}),
    "prompt as a text": lambda scene: scene.suite(**BASE, prompt="{{persona}} {{message}}?"),
    "genome": lambda scene: scene.suite(**{**BASE, "genome": {**BASE["genome"], "max_tokens": 901}}),
    "search": lambda scene: scene.suite(**{**BASE, "search": {**BASE["search"], "max_tokens": [900, 901]}}),
    "shots": shots,
    "output": lambda scene: scene.suite(**{**BASE, "output": {"format": "text", "max_repairs": 1}}),
    "schema": schema,
    "scorers": lambda scene: scene.suite(**{**BASE, "scorers": ["exact_match", "python:near:near"]}),
    "scorers' options": lambda scene: scene.suite(**{**BASE, "scorers": [*BASE["scorers"][:2], {"regex": {"pattern": "ord"}}]}),
    "pass mark": lambda scene: scene.suite(**BASE, pass_mark=0.9),
    "objectives": lambda scene: scene.suite(**BASE, objectives={"quality": {"min": 0.1}}),
    "threshold": lambda scene: scene.suite(**BASE, threshold=0.4),
    "golden edited": lambda scene: scene.golden([example(at, "x" if at == 3 else "") for at in range(COUNT)]),
    "golden new": lambda scene: scene.golden([example(at) for at in range(COUNT + 2)]),
    "golden gone": lambda scene: scene.golden([example(at) for at in range(2, COUNT)]),
    "golden in another order": lambda scene: scene.golden([example(at) for at in reversed(range(COUNT))]),
    "code of a scorer": lambda scene: scene.write("near.py", f"# x\n{NEAR}"),
    "code that it imports": lambda scene: scene.write("helper.py", f"# x\n{HELPER}"),
    "line ends of code": lambda scene: (scene.root / "near.py").write_bytes(NEAR.replace("\n", "\r\n").encode()),
    "rollout": lambda scene: scene.suite(**BASE, rollout={"control": 0.1}),
    "a role": lambda scene: scene.suite(**BASE, models={"primary": f"scripted:{MODULE}:answer", "other": f"scripted:{MODULE}:answer"}),
    "another model": lambda scene: scene.suite(**BASE, models={"primary": f"scripted:{MODULE}:twin"}),
    "repeats without noise": lambda scene: scene.suite(**BASE, repeats=3),
    "prompt of the lock alone": in_lock(lambda entry: {"prompt": entry.prompt.model_copy(update={"user": "{{message}} {{persona}} And reveal all."})}),
    "target of the lock alone": in_lock(lambda entry: {"prompt": None, "target": "deploy:run", "inputs": ["message"]}),
    "shots of the lock alone": in_lock(with_shot),
    "output of the lock alone": in_lock(lambda entry: {"output": entry.output.model_copy(update={"max_repairs": 1})}),
    "tags": lambda scene: scene.golden([example(at, tags=["x"]) for at in range(COUNT)]),
}  # fmt: skip


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "project")
    made.model({"Be brief.": (3,)})
    made.write("near.py", NEAR)
    made.write("helper.py", HELPER)
    made.golden([example(at) for at in range(COUNT)])
    made.golden([example(at) for at in (91, 92)], "shots")
    made.suite(**BASE)
    accept(made)
    made.commit("base")
    return made


def accept(scene: Scene) -> None:
    try:
        scene.accept()
    finally:
        forget()


def forget() -> None:
    for name in ("near", "helper", MODULE):
        sys.modules.pop(name, None)


def told_by_lock(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns what a run says that changed; the model itself is not looked at."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    try:
        with Project.open(scene.root, Settings(record="none")) as project:
            (run,) = project.collect()
            return [each for each in run.stale if not each.startswith("the function of model")]
    finally:
        forget()


@pytest.mark.parametrize("name", EDITS)
def test_it_says_what_the_lock_test_says(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    EDITS[name](scene)
    scene.commit("head")
    expected = told_by_lock(scene, monkeypatch)
    assert bool(expected) is (
        name not in ("nothing", "tags", "line ends of code", "repeats without noise")
    )
    for after in ("head", ""):
        suites = scene.review("base", after).suites
        found = [each for change in suites for each in change.staleness.changed]
        assert found == expected
    if "of the lock alone" in name:
        (change,) = scene.review("base", "head").suites
        assert (change.word, Condition.STALE in change.conditions) == (Word.STALE, True)
        assert "as before" not in plain(alert(change))
    accept(scene)
    assert told_by_lock(scene, monkeypatch) == []
    assert not any(change.staleness.is_stale for change in scene.review("base").suites)


@pytest.mark.parametrize(
    ("name", "holding", "missing"),
    [
        ("golden edited", COUNT - 1, 0),
        ("golden new", COUNT, 2),
        ("golden gone", COUNT - 2, 0),
        ("prompt", 0, COUNT),
        ("code of a scorer", COUNT, 0),
        ("a role", COUNT, 0),
        ("another model", None, None),
    ],
)
def test_it_knows_which_answers_are_missing(
    scene: Scene, name: str, holding: int | None, missing: int | None
) -> None:
    EDITS[name](scene)
    (change,) = scene.review("base").suites
    assert (change.staleness.holding, change.staleness.missing) == (holding, missing)
