"""The first run of a suite, before it has a lock entry."""

from __future__ import annotations

import pytest

from .project import VERBOSE, section


def failing(project, count=30, **changes):
    project.suite(count=count, genome={"instruction": VERBOSE}, **changes)


def test_many_failures_of_a_new_suite_fit_a_screen(project):
    project.env(COLUMNS="100")
    failing(project, count=80)
    result = project.run("-q")
    result.assert_outcomes(failed=81)
    assert len(result.outlines) <= 24
    assert max(map(len, result.outlines)) <= 100
    result.stdout.fnmatch_lines(
        [
            "*_ order: 80 failing examples _*",
            "o-0 *expected '1000'; answer 'The order number is 1000.'",
            "and 76 more; pytest -v shows each in full, this shows the first alone:",
            "  pytest 'order.promptevo.yaml::order[[]o-0[]]'",
            "fitness -0.0* is below the threshold 0.8",
            "order: fitness -0.0* = quality 0.000 - latency 0.0* (* ms) - tokens 0.0* (*)",
            "order: next: pytest --evolve searches a better genome; "
            "--promptevo-update-lock accepts this one",
        ]
    )


@pytest.mark.parametrize("option", ["-v", "--tb=short", "-rf"])
def test_who_asks_pytest_for_all_failures_gets_them(project, option):
    failing(project)
    result = project.run(option)
    result.assert_outcomes(failed=31)
    assert sum("  answer:   " in line for line in result.outlines) == 30
    assert sum(line.startswith("FAILED ") for line in result.outlines) == 31


@pytest.mark.parametrize("option", ["--tb=no", "--tb=line", "--no-summary"])
def test_who_asks_pytest_for_less_gets_no_more(project, option):
    failing(project)
    result = project.run(option)
    result.stdout.no_fnmatch_line("*failing examples*")


def test_few_failures_are_shown_whole(project):
    failing(project, count=4)
    result = project.run()
    assert sum("  answer:   " in line for line in result.outlines) == 4
    result.stdout.no_fnmatch_line("*failing examples*")


def regressed(project, count):
    project.suite(count=30, threshold=0.1)
    project.accept()
    project.golden(count=30, wrong=tuple(range(count)))
    return project.run("-p", "no:randomly")


def test_ten_regressions_of_a_locked_suite_are_shown_whole(project):
    result = regressed(project, 10)
    assert sum("  answer:   " in line for line in result.outlines) == 10
    assert not any(line.startswith("order: next:") for line in section(result))


def test_more_regressions_of_a_locked_suite_become_a_line_each(project):
    result = regressed(project, 12)
    assert not any("  answer:   " in line for line in result.outlines)
    result.stdout.fnmatch_lines(
        [
            "*_ order: 12 failing examples _*",
            "o-0 *answer '1000'",
            "and 2 more; pytest -v shows each in full, this shows the first alone:",
            "  pytest 'order.promptevo.yaml::order[[]o-0[]]'",
        ]
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_one_cause_of_many_errors_is_told_once(project, workers):
    project.suite(count=30)
    project.write("fake.py", "def answer(request):\n    raise KeyError('no such order')\n")
    result = project.run(*workers)
    result.assert_outcomes(failed=31)
    told = [line for line in result.outlines if line == "    raise KeyError('no such order')"]
    assert len(told) == 1
    result.stdout.fnmatch_lines(
        ["*_ order: 30 examples without an answer _*", "the same for o-0, o-1, o-10, o-11 and 26*"]
    )


def test_missing_recordings_are_told_once(project):
    project.suite(count=30)
    project.accept()
    (project.recordings / "order.jsonl").unlink()
    project.forget()
    result = project.run("-q", "--promptevo-record=none")
    assert len([line for line in result.outlines if line == "no recording: missing"]) == 1


def test_errors_of_other_kinds_are_told_each(project):
    project.suite(count=5)
    project.write("fake.py", "def answer(request):\n    raise KeyError(request.messages_key)\n")
    result = project.run()
    assert len([line for line in result.outlines if line.startswith("KeyError: ")]) == 5


def test_other_failures_stay_in_pytests_sections(project):
    failing(project)
    project.write("test_other.py", "def test_other():\n    assert 1 == 2\n")
    result = project.run()
    result.assert_outcomes(failed=32)
    result.stdout.fnmatch_lines(["*_ test_other _*", "FAILED test_other.py::test_other*"])


def test_a_suite_that_cannot_evolve_is_not_told_to(project):
    failing(project, search=None)
    told = section(project.run())
    assert "order: next: mend it, or pytest --promptevo-update-lock accepts this as it is" in told


def test_a_run_that_passes_says_no_more_than_its_row_and_that_it_is_not_locked(project):
    project.suite()
    lines = [line for line in section(project.run()) if line]
    assert len(lines) == 4
    assert lines[3].startswith("order: next: it passes, and is not locked yet: --promptevo-update")
    project.accept()
    assert len([line for line in section(project.run()) if line]) == 3
