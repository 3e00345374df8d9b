from __future__ import annotations

import re

import pytest

from .project import section


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("-k", "o-1 or fitness"), "1 of 6"),
        (("order.promptevo.yaml::order[fitness]",), "0 of 6"),
        (("--deselect", "order.promptevo.yaml::order[o-3]"), "5 of 6"),
    ],
)
def test_the_gate_skips_on_a_part_and_says_why(project, options, told):
    project.suite()
    result = project.run("-rs", *options)
    assert result.parseoutcomes()["skipped"] == 1
    result.stdout.fnmatch_lines([f"SKIPPED*cannot judge a part: {told} examples are selected"])
    assert result.ret == pytest.ExitCode.OK


def test_one_example_alone_runs_without_the_gate(project):
    project.suite()
    project.run("order.promptevo.yaml::order[o-1]").assert_outcomes(passed=1)
    assert project.calls == 1


@pytest.mark.parametrize("state", ["locked", "shipped", "draft"])
def test_the_summary_of_a_part_says_what_the_suite_is_and_how_much_of_it_ran(project, state):
    weights = {name: {"weight": 0.0} for name in ("latency_ms", "tokens", "repairs")}
    project.suite(
        threshold=0.9,
        objectives={"quality": {"weight": 2.0}, **weights},
        draft=state == "draft",
    )
    if state == "locked":
        project.accept()
        project.change(threshold=0.8)
    result = project.run("-k", "o-1")
    row = next(line for line in section(result) if line.startswith("order "))
    threshold = "0.8" if state == "locked" else "0.9"
    assert re.split(r"  +", row)[1:6] == [state, "1/1 of 6", "2.000 [2.000, 2.000]", threshold, "-"]
    assert any("lock is out of date" in line for line in section(result)) == (state == "locked")


def test_the_gate_judges_when_another_suite_is_left_out(project):
    project.suite("left")
    project.suite("right")
    project.run("-k", "left").assert_outcomes(passed=7, deselected=7)


def test_an_example_named_twice_is_still_a_part(project):
    project.suite(count=2)
    one = "order.promptevo.yaml::order[o-0]"
    result = project.run("--keep-duplicates", one, one, "order.promptevo.yaml::order[fitness]")
    assert result.parseoutcomes()["skipped"] == 1


def test_last_failed_runs_what_failed_alone(project):
    project.suite(threshold=0.5)
    project.golden(wrong=(2,))
    project.run().assert_outcomes(passed=6, failed=1)
    result = project.run("--lf", "-v")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["order.promptevo.yaml::order?o-2? FAILED*"])


def test_last_failed_does_not_judge_a_gate_that_failed(project):
    project.suite(threshold=0.9)
    project.golden(wrong=(2,))
    project.run().assert_outcomes(passed=5, failed=2)
    project.run("--lf").assert_outcomes(failed=1, skipped=1)


def test_failed_first_judges_the_gate(project):
    project.suite(threshold=0.9)
    project.golden(wrong=(2,))
    project.run()
    result = project.run("--ff", "-v")
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["*order?o-2? FAILED*", "*fitness? FAILED*", "*o-0? PASSED*"])
