from __future__ import annotations

import pytest

GENEROUS = "def generous(output, example):\n    return True\n"


@pytest.fixture
def generous(project):
    project.write("grading.py", GENEROUS)
    project.suite(count=3, scorers=["python:grading:generous"])
    return project


def test_a_scorer_that_passes_everything_fails_the_suite_in_one_test(generous):
    generous.write("test_other.py", "def test_other(): pass\n")
    result = generous.run()
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        [
            "order.promptevo.yaml: the scorers cannot be trusted",
            "golden/order.jsonl:1: example 'o-0': scorer python:grading:generous should not pass "
            "an empty output (expected '1000'), but gave 1 (and 2 more like it)",
            "  hint: *scorer_check: false*",
        ]
    )
    result.stdout.fnmatch_lines(["FAILED order.promptevo.yaml::order?fitness?*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_draft_is_not_excused(generous):
    generous.change(draft=True)
    result = generous.run()
    result.assert_outcomes(passed=3, failed=1)


def test_a_suite_may_do_without_the_check(generous):
    generous.change(scorer_check=False)
    generous.run().assert_outcomes(passed=4)


def test_an_expected_value_that_no_answer_can_meet_is_told_with_its_line(project):
    project.suite(count=3, scorers=["numeric"])
    project.golden(count=3, wrong=(1,))
    result = project.run()
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "golden/order.jsonl:2: example 'o-1': scorer numeric should pass the expected output "
            "'none' (needs 1), but gave 0: expected value 'none' is not a number"
        ]
    )
