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
