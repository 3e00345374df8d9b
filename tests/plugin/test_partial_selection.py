from __future__ import annotations

import re

import pytest

from .project import VERBOSE, section


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
    assert re.split(r"  +", row)[1:6] == [state, "1/1 of 6", "2.000 [0.413, 2.000]", threshold, "-"]
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


@pytest.fixture
def failed(project):
    """A suite whose gate has failed, without a failing example."""
    project.suite(threshold=0.9, pass_mark=0.01, scorers=["python:judge:half"], scorer_check=False)
    project.write("judge.py", "def half(output, example):\n    return 0.5\n")
    project.run().assert_outcomes(passed=6, failed=1)
    return project


@pytest.mark.parametrize(
    "options",
    [("--lf",), ("--lf", "-x"), ("--sw",), ("--lf", "-n", "2"), ("--sw", "--lf")],
)
def test_a_gate_that_failed_is_judged_again_where_what_failed_is_selected(failed, options):
    result = failed.spawn("-p", "no:randomly", *options)
    assert result.parseoutcomes()["failed"] == 1
    assert "skipped" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["*fitness 0.*is below the threshold 0.9*"])
    result.stdout.fnmatch_lines(["order  shipped * 0.9 *  FAIL  0.500 *"])
    assert result.ret in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    failed.change(threshold=0.1)
    result = failed.spawn("-p", "no:randomly", *options)
    assert result.parseoutcomes()["passed"] == 1
    assert result.ret == pytest.ExitCode.OK
    assert failed.run("--lf").parseoutcomes()["passed"] == 7  # nothing failed: all is run


def test_last_failed_judges_the_gate_beside_the_examples(project):
    project.suite(threshold=0.9)
    project.golden(wrong=(2,))
    project.run().assert_outcomes(passed=5, failed=2)
    result = project.run("--lf")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*fitness 0.812* is below the threshold 0.9"])
    result.stdout.fnmatch_lines(["order  shipped  0/1 of 6 * 0.812 [[]*  0.9 *  FAIL  0.833 *"])


def test_last_failed_asks_side_by_side_for_what_the_gate_needs(failed):
    before = failed.calls
    failed.change(threshold=0.1, genome={"instruction": VERBOSE})
    failed.run("--lf").assert_outcomes(passed=1)
    assert failed.calls == before + 6


@pytest.mark.parametrize(
    "options",
    [("order.promptevo.yaml::order[fitness]",), ("--deselect", "order.promptevo.yaml::order[o-3]")],
)
def test_a_gate_that_failed_stays_failed_where_a_part_is_selected(failed, options):
    failed.change(threshold=0.1)
    for _ in range(2):
        result = failed.run(*options)
        assert result.parseoutcomes()["failed"] == 1
        result.stdout.fnmatch_lines(
            ["*order?fitness? failed, and stays failed until all is judged: cannot judge a part*"]
        )
    failed.run().assert_outcomes(passed=7)
    assert failed.run(*options).parseoutcomes()["skipped"] == 1


def test_without_pytests_cache_the_gate_of_a_part_is_skipped(failed):
    result = failed.run("-p", "no:cacheprovider", "order.promptevo.yaml::order[fitness]")
    result.assert_outcomes(skipped=1)


def test_an_example_that_only_the_gate_asks_about_tells_its_whole_error(failed):
    failed.write("fake.py", "def answer(request):\n    raise ValueError('not today')\n")
    result = failed.run("--lf")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["cannot judge order: example 'o-0': *ValueError: not today"])


def test_failed_first_judges_the_gate(project):
    project.suite(threshold=0.9)
    project.golden(wrong=(2,))
    project.run()
    result = project.run("--ff", "-v")
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["*order?o-2? FAILED*", "*fitness? FAILED*", "*o-0? PASSED*"])
