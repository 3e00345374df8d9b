from __future__ import annotations

import pytest

from .project import VERBOSE


def test_the_gate_passes_when_fitness_reaches_the_threshold(project):
    project.suite()
    result = project.run()
    result.assert_outcomes(passed=7)
    assert result.ret == pytest.ExitCode.OK


def test_the_gate_fails_below_the_threshold_and_says_what_to_do(project):
    project.suite(count=3, genome={"instruction": VERBOSE})
    result = project.run()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "*fitness -0.0* is below the threshold 0.8",
            "  fitness -0.0* = quality 0.000 - latency 0.0* (* ms) - tokens 0.0* (*)",
            "*hint: pytest --evolve searches*",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_without_a_search_space_the_gate_does_not_speak_of_evolve(project):
    project.suite(genome={"instruction": VERBOSE}, search=None)
    result = project.run()
    result.stdout.fnmatch_lines(["*is below the threshold 0.8"])
    result.stdout.no_fnmatch_line("*--evolve*")


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"quality": {"min": 0.9}}, "quality 0.8333 is below its limit 0.9"),
        ({"latency_ms": {"max": 5}}, "latency_ms 14 is above its limit 5"),
        ({"latency_ms": {"p95_max": 5}}, "p95 of latency_ms 14 is above its limit 5"),
        ({"tokens": {"max": 5}}, "tokens 14 is above its limit 5"),
    ],
)
def test_a_hard_limit_fails_the_gate_even_above_the_threshold(project, limits, told):
    project.suite(objectives=limits, threshold=0.5)
    project.golden(wrong=(0,))
    result = project.run("-k", "o- or fitness")
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines([told])


def test_one_failing_example_need_not_fail_the_gate(project):
    project.suite(threshold=0.5)
    project.golden(wrong=(2,))
    result = project.run()
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["FAILED order.promptevo.yaml::order?o-2?*"])


def test_a_gate_that_cannot_judge_fails_and_the_table_does_not_say_pass(project):
    project.suite(count=2)
    project.accept()
    project.golden(count=6)
    result = project.run("--promptevo-record=none")
    result.assert_outcomes(passed=2, failed=5, xfailed=1)
    result.stdout.fnmatch_lines(["cannot judge order: example 'o-2': no recording*"])
    row = next(line for line in result.outlines if line.startswith("order "))
    assert "pass" not in row


HAIR = """
def judge(output, example):
    return {"a": 0.900005, "b": 0.9}.get(output.text[:1], 0.0)
"""
MOODS = """
def answer(request):
    return "b" if "again" in request.messages[-1].content else "a"
"""


def test_a_fall_of_a_few_millionths_is_judged(project):
    project.write("hair.py", HAIR)
    project.write("fake.py", MOODS)
    project.suite(scorers=["python:hair:judge"], scorer_check=False, pass_mark=0.5, threshold=0.5)
    project.accept()
    project.change(prompt={"user": "{{instruction}}\nagain {{message}}\n"})
    result = project.run("-k", "o- or fitness")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["quality fell against the lock: -0.000 * on 6 examples *"])
