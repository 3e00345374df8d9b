from __future__ import annotations

import pytest

from .project import TERSE, VERBOSE


def test_it_accepts_the_present_genome_and_its_figures(project):
    project.suite(threshold=0.3)
    project.golden(wrong=(1, 4))
    result = project.run("--promptevo-update-lock")
    result.assert_outcomes(passed=5, xfailed=2)
    result.stdout.fnmatch_lines(
        [
            "promptevo: order: accepted into promptevo.lock",
            "promptevo: order: accepted as known failures, 2 of 6 examples: o-1, o-4",
        ]
    )
    entry = project.entry()
    assert entry["genome"]["instruction"] == TERSE
    assert entry["known_failures"] == ["o-1", "o-4"]
    assert entry["search"] == "accepted as it is"
    assert entry["figures"]["after"]["n"] == 6
    assert entry["figures"]["after"]["quality"]["mean"] == pytest.approx(2 / 3, abs=1e-3)


def test_it_names_every_failure_that_it_accepts_and_none_where_there_is_none(project):
    project.suite("first", count=20, genome={"instruction": VERBOSE})
    project.suite("second", count=2)
    result = project.run("--promptevo-update-lock")
    told = [line for line in result.outlines if "known failures" in line]
    assert len(told) == 1
    names = told[0].partition("examples: ")[2].split(", ")
    assert names == project.entry("first")["known_failures"]


def test_an_accepted_suite_must_still_reach_its_threshold(project):
    project.suite(genome={"instruction": VERBOSE})
    result = project.run("--promptevo-update-lock")
    result.assert_outcomes(xfailed=6, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_it_ends_what_locked_complains_about(project):
    project.suite()
    project.accept()
    project.change(threshold=0.7)
    project.run("--promptevo-locked").assert_outcomes(errors=1)
    project.accept()
    project.run("--promptevo-locked").assert_outcomes(passed=7)


def test_what_is_known_of_the_search_stays_while_the_genome_does(project):
    project.suite(genome={"instruction": VERBOSE})
    project.run("--evolve")
    search = project.entry()["search"]
    project.change(threshold=0.7)
    project.accept()
    assert project.entry()["search"] == search


def test_accepting_twice_changes_no_byte(project):
    project.suite()
    project.accept()
    before = project.lock.read_bytes()
    project.accept()
    assert project.lock.read_bytes() == before


def test_it_accepts_the_suites_that_are_named_alone(project):
    project.suite("first", count=2)
    project.suite("second", count=2)
    project.run("first.promptevo.yaml", "--promptevo-update-lock")
    assert project.locked_suites() == ["first"]


def test_an_ordinary_run_never_writes_a_lock(project):
    project.suite()
    project.run()
    project.run("--promptevo-record=all")
    assert not project.lock.exists()


def test_the_lock_beside_a_suite_is_its_own(project):
    inner = project.root / "inner"
    inner.mkdir()
    (inner / "promptevo.lock").write_bytes(b"")
    project.suite()
    project.accept()
    (inner / "promptevo.lock").write_bytes(project.lock.read_bytes())
    project.lock.unlink()
    (project.root / "order.promptevo.yaml").rename(inner / "order.promptevo.yaml")
    (project.root / "golden").rename(inner / "golden")
    project.run("--promptevo-locked", "inner").assert_outcomes(passed=7)


def test_a_broken_scorer_is_reported_before_anything_is_written(project):
    project.suite(scorers=["exact_match", "python:grading:broken"])
    project.write("grading.py", "def broken(output, example):\n    return 1 / 0\n")
    result = project.run("--promptevo-update-lock")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*a scorer failed on example 'o-0': ZeroDivisionError*"])
    assert not project.lock.exists()


def test_a_lock_that_cannot_be_written_is_one_message(project):
    project.suite(count=2)
    project.recordings.write_text("in the way")
    result = project.run("--promptevo-update-lock")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*promptevo: cannot write *promptevo_recordings*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not project.lock.exists()
