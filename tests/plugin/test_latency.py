"""Latency that counts: modelled by tokens once the lock knows the speed of the model."""

from __future__ import annotations

import json

import pytest

MODEL = r"""
import itertools
import random
import re

from pytest_promptevo.prompt import Completion

calls = itertools.count()
chance = random.Random(7)


def answer(request):
    words = request.messages[-1].content.split()
    said = re.search(r"\d{4}", request.messages[-1].content)[0]
    return Completion(said, len(words), 1, 3.0 * len(words) + 12.0)


def unsteady(request):
    steady = answer(request)
    return Completion(steady.text, steady.prompt_tokens, 1, chance.lognormvariate(4, 1.5))
"""

GOLDEN = [
    {
        "id": f"o-{n}",
        "inputs": {"message": f"{'so ' * n}order {1000 + n}"},
        "expected": f"{1000 + n}",
    }
    for n in range(9)
]


@pytest.fixture
def latency_project(project):
    project.write("timed.py", MODEL)
    project.suite(
        golden=GOLDEN,
        models={"primary": "scripted:timed:answer"},
        objectives={"quality": {"weight": 1.0}, "latency_ms": {"weight": -0.001}},
    )
    return project


def forge(project):
    """Makes every recorded latency a millisecond."""
    (path,) = project.recordings.glob("*.jsonl")
    rows = [json.loads(line) | {"latency_ms": 1.0} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def accepted(project):
    return project.run("--promptevo-update-lock", "-q")


def row_of(result):
    return next(line for line in result.outlines if line.startswith("order "))


def test_the_lock_keeps_the_speed_and_a_replay_its_figures(latency_project):
    project = latency_project
    before = row_of(accepted(project))
    speed = project.entry()["models"]["primary"]["speed"]
    assert speed["prompt_ms"] == pytest.approx(3, rel=0.01)
    assert speed["completion_ms"] == pytest.approx(12, rel=0.01)
    assert speed["r2"] > 0.99
    lock = project.lock.read_bytes()
    assert row_of(project.run("--promptevo-record=none")) == before
    assert row_of(accepted(project)) == before
    assert project.lock.read_bytes() == lock


def test_forged_latencies_change_no_figure(latency_project):
    project = latency_project
    before = row_of(accepted(project))
    forge(project)
    after = row_of(project.run("--promptevo-record=none"))
    assert "(measured 1)" in after
    assert after.replace("(measured 1)", "").split() == before.split()


def test_latency_that_tokens_do_not_explain_is_said_to_be_as_measured(latency_project):
    project = latency_project
    project.change(models={"primary": "scripted:timed:unsteady"})
    result = accepted(project)
    result.stdout.fnmatch_lines(
        ["order: the latency of scripted:timed:unsteady is not explained by its tokens (R^2 0.*"]
    )
    assert "(measured" not in row_of(result)


def test_where_latency_does_not_count_no_speed_is_kept(latency_project):
    project = latency_project
    project.change(objectives={"quality": {"weight": 1.0}, "latency_ms": {"weight": 0}})
    accepted(project)
    assert "speed" not in project.entry()["models"]["primary"]
