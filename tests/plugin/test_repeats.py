"""Draws at a temperature above 0: recorded, shown, counted, and not taken for a verdict."""

from __future__ import annotations

import json

import pytest

MODEL = """
def answer(request):
    number = int(request.messages[-1].content.split()[-1])
    # number 3 is right in the first draw of three, number 4 in none
    wrong = {3: request.replicate > 0, 4: True}.get(number, False)
    return "wrong" if wrong else str(number)
"""


@pytest.fixture
def drawn(project):
    project.write("noisy.py", MODEL)
    golden = [
        {"id": f"n-{number}", "inputs": {"message": f"number {number}"}, "expected": str(number)}
        for number in range(6)
    ]
    project.suite(
        golden=golden,
        models={"primary": "scripted:noisy:answer"},
        prompt="{{message}}",
        genome=None,
        search=None,
        repeats=3,
        threshold=0.5,
    )
    project.change(genome={"temperature": 0.7})
    return project


def recorded(project):
    return [
        json.loads(row) for row in (project.recordings / "order.jsonl").read_text().splitlines()
    ]


def test_an_example_passes_by_the_mean_of_its_draws_and_shows_its_pass_rate(drawn):
    result = drawn.run()
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["*n-3*quality 0.333, needs 1 (1 of 3 draws pass*"])
    result.stdout.fnmatch_lines(
        ["order: each example was drawn 3 times; some draws pass of 1: n-3 (1/3)"]
    )


def test_recordings_and_lock_know_the_draws_and_a_replay_asks_nothing(drawn, monkeypatch):
    drawn.accept()
    assert [row.get("draw", 0) for row in recorded(drawn)] == [0, 1, 2] * 6
    entry = drawn.entry()
    assert (entry["repeats"], entry["quality"]) == (3, {"n-3": 0.333333, "n-4": 0.0})
    assert entry["figures"]["after"]["n"] == 6
    drawn.write("noisy.py", "def answer(request):\n    raise AssertionError\n")
    monkeypatch.setenv("CI", "true")
    drawn.run("-k", "not lock").assert_outcomes(passed=5, xfailed=2)


def test_other_draws_of_the_same_quality_are_no_regression(drawn):
    drawn.accept()
    drawn.write("noisy.py", MODEL.replace("{3:", "{2:"))  # another one is right once in three
    result = drawn.run("--promptevo-record=all", "-k", "not lock")
    result.assert_outcomes(passed=5, xfailed=2)
    assert "2 of 3" not in result.stdout.str()


def test_a_suite_that_falls_fails_however_noisy(drawn):
    drawn.accept()
    drawn.write("noisy.py", 'def answer(request):\n    return "wrong"\n')
    result = drawn.run("--promptevo-record=all", "-k", "not lock")
    result.stdout.fnmatch_lines(["*fitness*is below the threshold*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_option_draws_as_often_as_it_says(drawn):
    drawn.run("--promptevo-repeats=2").assert_outcomes(passed=5, failed=2)
    result = drawn.run("--promptevo-repeats=2", "--promptevo-update-lock")
    result.stdout.fnmatch_lines(["*order: locked with 2 draws: write `repeats: 2` into the suite*"])
    assert drawn.entry()["repeats"] == 2
    result = drawn.run("--promptevo-locked", "--promptevo-record=missing")
    result.stdout.fnmatch_lines(["*repeats (2 -> 3) changed*"])


@pytest.mark.parametrize("given", ["0", "101", "two"])
def test_a_number_of_draws_that_is_none_is_refused(drawn, given):
    result = drawn.run(f"--promptevo-repeats={given}")
    result.stderr.fnmatch_lines([f"*promptevo repeats: '{given}' is not a whole number*"])


def test_at_temperature_zero_nothing_is_drawn_twice(drawn):
    drawn.change(genome={"temperature": 0.0})
    drawn.accept()
    assert len(recorded(drawn)) == 6
    assert "repeats" not in drawn.entry()


def test_junit_holds_pass_rates_and_intervals(drawn):
    drawn.run("--junitxml=report.xml")
    report = (drawn.root / "report.xml").read_text()
    assert '<property name="promptevo_pass_rate" value="1/3"' in report
    assert '<property name="promptevo_fitness" value="0.7' in report
