from __future__ import annotations

import pytest

from .project import ENOUGH, VERBOSE, junit, section


@pytest.fixture
def mixed(project):
    """Six examples, of which the second and the fourth fail; the gate passes."""
    project.suite(threshold=0.3)
    project.golden(wrong=(1, 3))
    return project


def test_collect_only_asks_nothing_and_says_nothing(mixed):
    result = mixed.run("--collect-only")
    result.stdout.fnmatch_lines(["*<SuiteFile order.promptevo.yaml>", "*<GoldenItem order?o-0?>"])
    assert mixed.calls == 0
    assert section(result) == []


def test_exit_first_stops_at_the_first_failure(mixed):
    mixed.run("-x").assert_outcomes(passed=1, failed=1)


def test_maxfail_stops_at_the_second(mixed):
    mixed.run("--maxfail=2").assert_outcomes(passed=2, failed=2)


def test_a_gate_that_was_not_reached_is_not_said_to_pass(mixed):
    row = next(line for line in section(mixed.run("-x")) if line.startswith("order "))
    assert "pass" not in row


def test_verbose_shows_each_test(mixed):
    result = mixed.run("-v")
    result.stdout.fnmatch_lines(
        ["order.promptevo.yaml::order?o-0? PASSED*", "order.promptevo.yaml::order?fitness? PASSED*"]
    )


@pytest.mark.parametrize(("quiet", "shown"), [("-q", True), ("-qq", False)])
def test_double_quiet_has_no_summary(mixed, quiet, shown):
    assert bool(section(mixed.run(quiet))) is shown


@pytest.mark.parametrize("style", ["auto", "long", "short", "line", "native", "no"])
def test_every_style_of_traceback_works(mixed, style):
    result = mixed.run(f"--tb={style}")
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_no_summary_leaves_the_failures_alone(mixed):
    result = mixed.run("--no-summary")
    result.assert_outcomes(passed=5, failed=2)


def test_junit_holds_every_verdict(mixed):
    mixed.accept()
    mixed.golden(wrong=(3,))
    mixed.run("--junitxml=junit.xml")
    outcomes, counts = junit(mixed.root / "junit.xml")
    assert counts == {"tests": "8", "failures": "0", "errors": "0", "skipped": "2"}
    assert outcomes["order.promptevo.yaml::order[lock]"] == "pytest.xfail"
    assert outcomes["order.promptevo.yaml::order[fitness]"] == "passed"
    assert outcomes["order.promptevo.yaml::order[o-3]"] == "pytest.xfail"
    assert outcomes["order.promptevo.yaml::order[o-1]"] == "passed"


def test_runxfail_runs_known_failures_as_failures(mixed):
    mixed.accept()
    mixed.run().assert_outcomes(passed=6, xfailed=2)
    result = mixed.run("--runxfail")
    result.assert_outcomes(passed=6, failed=2)
    result.stdout.no_fnmatch_line("*a regression*")


def test_runxfail_fails_a_lock_that_is_out_of_date(project):
    project.suite(count=1)
    project.accept()
    project.change(threshold=0.7)
    result = project.run("--runxfail")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["FAILED *order?lock? - promptevo.lock does not match *"])


def test_runxfail_runs_drafts_as_failures(project):
    project.suite(count=1, draft=True, genome={"instruction": VERBOSE})
    project.run("--runxfail").assert_outcomes(failed=2)


def test_stepwise_goes_on_where_it_stopped(mixed):
    mixed.run("--stepwise").assert_outcomes(passed=1, failed=1)
    mixed.golden(wrong=(3,))
    mixed.run("--stepwise", "-v").assert_outcomes(passed=2, failed=1, deselected=1)
    mixed.golden()
    result = mixed.run("--stepwise")
    result.assert_outcomes(passed=3, skipped=1, deselected=3)


def test_warnings_as_errors_find_none(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    result = project.spawn("-p", "no:randomly", "-W", "error", "--evolve")
    result.assert_outcomes(passed=ENOUGH + 1)
    assert not result.errlines


def test_durations_and_reports_of_all_outcomes_work(mixed):
    mixed.run("--durations=3", "-rA", "--setup-show").assert_outcomes(passed=5, failed=2)


def test_ignore_and_ignore_glob_leave_suites_out(mixed):
    mixed.suite("other", count=1)
    mixed.run("--ignore-glob=oth*").assert_outcomes(passed=5, failed=2)


def test_k_matches_suites_and_examples(mixed):
    mixed.run("-k", "order and o-2").assert_outcomes(passed=1, deselected=6)


def test_suites_run_among_ordinary_tests(mixed):
    mixed.write("test_it.py", "def test_it(): pass\n")
    mixed.run().assert_outcomes(passed=6, failed=2)


def test_suites_in_folders_are_found(project):
    project.suite(count=1)
    folder = project.root / "prompts"
    folder.mkdir()
    (project.root / "order.promptevo.yaml").rename(folder / "order.promptevo.yaml")
    (project.root / "golden").rename(folder / "golden")
    result = project.run("-v")
    result.stdout.fnmatch_lines(["prompts/order.promptevo.yaml::order?o-0? PASSED*"])


def test_an_interrupted_run_still_shows_what_it_knows(mixed):
    mixed.write(
        "conftest.py",
        "def pytest_runtest_setup(item):\n"
        "    if 'o-2' in item.name:\n        raise KeyboardInterrupt\n",
    )
    result = mixed.spawn("-p", "no:randomly")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert any(line.startswith("order ") for line in section(result))


def test_an_example_that_each_worker_tests_is_one_observation(mixed):
    mixed.accept()
    alone = [row.split() for row in section(mixed.run())]
    result = mixed.run("-n", "2", "--dist", "each")
    result.assert_outcomes(passed=12, xfailed=4)
    assert [row.split() for row in section(result)] == alone
