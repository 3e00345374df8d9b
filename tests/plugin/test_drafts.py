from __future__ import annotations

import pytest

from .project import ENOUGH, VERBOSE, section


@pytest.fixture(autouse=True)
def _draft(project):
    project.suite(count=3, draft=True, genome={"instruction": VERBOSE})


def test_failures_of_a_draft_are_expected(project):
    result = project.run("-rx")
    result.assert_outcomes(xfailed=4)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["XFAIL*draft suite without a lock entry: *"])
    assert any("draft" in line for line in section(result))


def test_a_draft_that_works_passes(project):
    project.change(genome={"instruction": "nothing else."}, search=None)
    project.run().assert_outcomes(passed=4)


def test_replaying_a_draft_without_recordings_is_an_expected_failure(project):
    result = project.run("--promptevo-record=none")
    result.assert_outcomes(xfailed=4)
    assert result.ret == pytest.ExitCode.OK
    assert project.calls == 0


def test_replaying_a_draft_needs_no_model(project):
    project.change(models={"primary": "gguf:none.gguf"})
    project.run("--promptevo-record=none").assert_outcomes(xfailed=4)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("gguf:none.gguf", "*none.gguf*"),
        (
            "scripted:nowhere:answer",
            "*: models.primary: cannot import 'scripted:nowhere:answer': ModuleNotFoundError: *",
        ),
    ],
)
def test_a_draft_does_not_hide_a_model_that_is_out_of_reach(project, model, told):
    project.change(models={"primary": model})
    result = project.run()
    result.assert_outcomes(failed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_draft_does_not_hide_a_broken_scorer(project):
    project.write("grading.py", "def broken(output, example):\n    return 1 / 0\n")
    project.change(scorers=["python:grading:broken"])
    project.run().assert_outcomes(failed=4)


def test_a_locked_draft_counts(project):
    project.accept()
    result = project.run()
    result.assert_outcomes(passed=1, xfailed=3, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_draft_needs_no_entry_in_a_lock_that_is_checked(project):
    project.run("--promptevo-locked").assert_outcomes(passed=1, xfailed=4)


def test_evolve_searches_a_draft_and_then_it_counts(project):
    project.golden(count=ENOUGH)
    result = project.run("--evolve")
    result.assert_outcomes(passed=ENOUGH + 1)
    assert project.entry()["genome"]["instruction"] != VERBOSE or project.entry()["shots"]
