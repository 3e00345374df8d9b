"""What was held out from a search stays known, whatever happens to suite, examples and lock."""

from __future__ import annotations

import json

import pytest

from .project import ENOUGH, TERSE, VERBOSE, rows


@pytest.fixture
def evolved(project):
    """A suite after a search, with rows that have an input which the prompt does not use."""
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, search=None)
    project.change(search={"instruction": [VERBOSE, TERSE]})
    _change_inputs(project, lambda inputs: {**inputs, "note": "x"})
    project.run("--evolve", "--promptevo-strategy=classic", "-q")
    assert project.entry()["held_out"]["names"] == ["message"]
    return project


def _golden(project):
    text = (project.root / "golden/order.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def _write_golden(project, golden):
    project.write("golden/order.jsonl", rows(golden))


def _change_inputs(project, changed):
    _write_golden(project, [row | {"inputs": changed(row["inputs"])} for row in _golden(project)])


def test_inputs_may_be_renamed_tidied_and_dropped(evolved):
    before = evolved.entry()["held_out"]
    _change_inputs(evolved, lambda inputs: {"text": f" {inputs['message']}\n"})
    evolved.change(prompt={"user": "{{instruction}}\nMessage: {{text}}\n"})
    for options in (["--promptevo-update-lock"], ["--promptevo-locked"]):
        assert evolved.run(*options, "-q").ret == pytest.ExitCode.OK
    after = evolved.entry()["held_out"]
    assert after["names"] == ["text"]
    for part in ("ids", "inputs", "exact", "searched"):
        assert after[part] == before[part]


LAX = """
def always(output, example):
    return 1.0
"""


def test_what_failed_is_not_forgotten_over_a_scorer_that_lets_all_pass(evolved):
    held_out = evolved.entry()["held_out"]["ids"]
    failing = set(held_out[: len(held_out) // 3])
    wrong = [
        row | {"expected": "none"} if row["id"] in failing else row for row in _golden(evolved)
    ]
    _write_golden(evolved, wrong)
    evolved.change(threshold=0.75)
    red = "*examples that its search never saw*is below the threshold*"
    evolved.run("--promptevo-update-lock").stdout.fnmatch_lines([red])

    evolved.write("grading.py", LAX)
    evolved.change(scorers=["python:grading:always"], scorer_check=False)
    assert evolved.run("--promptevo-update-lock", "-q").ret == pytest.ExitCode.OK
    assert list(evolved.entry()["held_out"]["failing"].values()) == [0.0] * len(failing)
    _write_golden(evolved, [row for row in wrong if row["id"] not in failing])
    evolved.run("--promptevo-update-lock").stdout.fnmatch_lines([red])
    evolved.change(scorers=["exact_match"], scorer_check=None)
    evolved.run("--promptevo-update-lock").stdout.fnmatch_lines([red])
