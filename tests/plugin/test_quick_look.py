"""``--promptevo-max-examples``: a quick look at a part of each suite."""

from __future__ import annotations

import pytest


@pytest.fixture
def two(project):
    project.suite("one", count=12)
    project.suite("two", count=5)
    project.accept()
    return project


def ran(result) -> list[str]:
    return sorted(
        line.split()[0]
        for line in result.stdout.str().splitlines()
        if "::" in line and " PASSED" in line and "[o-" in line
    )


def test_so_many_of_each_suite_are_tested_and_no_gate_is_judged(two):
    result = two.run("--promptevo-max-examples=3", "-v", "-rs")
    result.assert_outcomes(passed=8, skipped=2, deselected=11)
    text = result.stdout.str()
    assert "3/3 of 12" in text
    assert "3/3 of 5" in text
    assert "cannot judge a part: 3 of 12 examples are selected" in text


def test_they_are_the_same_in_each_run_and_worker(two):
    first = ran(two.run("--promptevo-max-examples=3", "-v"))
    assert len(first) == 6
    assert ran(two.run("--promptevo-max-examples=3", "-v")) == first
    two.run("--promptevo-max-examples=3", "-n", "2").assert_outcomes(passed=8, skipped=2)


def test_they_are_not_the_first_ones_of_the_file(two):
    assert ran(two.run("--promptevo-max-examples=3", "-v", "-k", "one")) != [
        f"one.promptevo.yaml::one[o-{number}]" for number in range(3)
    ]


def test_more_than_there_are_is_the_whole_suite(two):
    two.run("--promptevo-max-examples=12").assert_outcomes(passed=21)


def test_of_those_that_k_selects_so_many_are_tested(two):
    result = two.run("--promptevo-max-examples=3", "-k", "two and o-")
    result.assert_outcomes(passed=3, deselected=18)


@pytest.mark.parametrize("command", ["--evolve", "--promptevo-update-lock"])
def test_what_writes_the_lock_needs_all(two, command):
    result = two.run("--promptevo-max-examples=3", command)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = f"{command} needs all examples: leave --promptevo-max-examples out"
    assert told in result.stderr.str()


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "many", "1e3", "²", ""])
def test_what_is_no_number_is_refused(two, given):
    result = two.run(f"--promptevo-max-examples={given}")
    if given:
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert "--promptevo-max-examples" in result.stderr.str()
    else:
        result.assert_outcomes(passed=21)
