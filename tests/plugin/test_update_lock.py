from __future__ import annotations

import signal
import sys

import pytest
import yaml

from pytest_promptevo.base.canonical import digest

from .project import ENOUGH, MODEL, TERSE, VERBOSE


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
    assert entry["quality"] == {"o-1": 0.0, "o-4": 0.0}
    assert "known_failures" not in entry
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
    assert names == list(project.entry("first")["quality"])


def test_an_accepted_suite_must_still_reach_its_threshold(project):
    project.suite(genome={"instruction": VERBOSE})
    result = project.run("--promptevo-update-lock")
    result.assert_outcomes(xfailed=6, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_it_ends_what_locked_complains_about(project):
    project.suite()
    project.accept()
    project.change(threshold=0.7)
    project.run("--promptevo-locked").assert_outcomes(passed=7, failed=1)
    project.accept()
    project.run("--promptevo-locked").assert_outcomes(passed=8)


def test_an_edit_of_a_shipped_genome_is_tested_before_it_is_accepted(project):
    project.suite()
    project.accept()
    project.change(
        genome={"instruction": VERBOSE, "shots": [], "temperature": 0.0, "max_tokens": 16}
    )
    result = project.run("-q")
    result.assert_outcomes(failed=7, xfailed=1)
    result.stdout.fnmatch_lines(["*order: regressed: o-0, o-1, *"])
    assert project.entry()["genome"]["instruction"] == TERSE
    result = project.run("--promptevo-update-lock")
    result.stdout.no_fnmatch_line("*the locked genome stays*")
    assert project.entry()["genome"]["instruction"] == VERBOSE
    project.run("--promptevo-locked").assert_outcomes(xfailed=6, passed=1, failed=1)


TOUCHES = {
    "the prompt": lambda project: project.change(prompt={"user": "{{instruction}}: {{message}}\n"}),
    "the scorers": lambda project: project.change(scorers=[{"exact_match": {"ignore_case": True}}]),
    "a golden example": lambda project: project.golden(count=ENOUGH, wrong=(3,)),
    "a golden example less": lambda project: project.golden(count=ENOUGH - 1),
    "a weight": lambda project: project.change(objectives={"tokens": {"weight": -0.001}}),
    "the model": lambda project: project.write("fake.py", MODEL.replace("The order", "An order")),
}


@pytest.fixture
def evolved(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, search=None)
    project.change(search={"instruction": [VERBOSE, TERSE]})
    project.run("--evolve", "--promptevo-strategy=classic")
    assert project.entry()["search"]["confirmed"]["verdict"] == "confirmed"
    return project


def test_what_is_known_of_the_search_stays_while_it_is_about_this_suite(evolved):
    before = evolved.entry()
    evolved.change(search={"temperature": {"low": 0.0, "high": 1.0}})
    evolved.accept()
    after = evolved.entry()
    assert before["fingerprints"] != after["fingerprints"]
    for part in ("search", "replaces", "held_out", "figures"):
        assert after[part] == before[part]


@pytest.mark.parametrize("what", TOUCHES)
def test_evidence_goes_with_what_it_was_about(evolved, what):
    genome = evolved.entry()["genome"]
    TOUCHES[what](evolved)
    evolved.run("--promptevo-record=all", "--promptevo-update-lock")
    entry = evolved.entry()
    assert entry["genome"] == genome
    assert entry["search"] == "accepted as it is"
    assert list(entry["figures"]) == ["after"]
    assert "replaces" not in entry
    assert "before" not in entry["held_out"]  # the gate is still judged by these examples


def test_a_lock_of_version_1_is_read_and_the_next_update_writes_version_2(project):
    project.suite(threshold=0.3)
    project.golden(wrong=(1, 4))
    project.accept()
    current = project.lock.read_bytes()
    entry = project.entry()
    for part in ("checksum", "quality", "recordings", "objectives"):
        del entry[part]
    entry["known_failures"] = ["o-1", "o-4"]
    document = {"version": 1, "suites": {"order": {**entry, "checksum": digest(entry)}}}
    project.lock.write_text(f"{yaml.safe_dump(document, sort_keys=False)}# end of lock\n")
    project.run("--promptevo-locked").assert_outcomes(passed=6, xfailed=2)
    project.accept()
    assert project.lock.read_bytes() == current


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
    project.recordings.rename(inner / project.recordings.name)
    project.run("--promptevo-locked", "inner").assert_outcomes(passed=8)


def test_a_broken_scorer_is_reported_before_anything_is_written(project):
    project.suite(scorers=["exact_match", "python:grading:broken"])
    project.write("grading.py", "def broken(output, example):\n    return 1 / 0\n")
    result = project.run("--promptevo-update-lock")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*example 'o-0': scorer python:grading:broken *raised ZeroDivisionError*"]
    )
    assert not project.lock.exists()


def test_a_lock_that_cannot_be_written_is_one_message(project):
    project.suite(count=2)
    project.recordings.write_text("in the way")
    result = project.run("--promptevo-update-lock")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*promptevo: cannot write *promptevo_recordings*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not project.lock.exists()


TAKEN_OVER = (
    "promptevo: order: promptevo_recordings/order.jsonl was not the file with which promptevo.lock "
    "was written: its answers to {} are accepted as they stand, whoever wrote them; "
    "--promptevo-record=all asks the models instead"
)


@pytest.mark.parametrize("option", [(), ("--promptevo-record=all",)])
def test_an_update_says_that_it_takes_over_answers_that_the_lock_did_not_know(project, option):
    project.suite(threshold=0.3)
    project.accept()
    path = project.recordings / "order.jsonl"
    path.write_text(path.read_text("utf-8").replace('"1000"', '"2000"'), "utf-8")
    outlines = project.run("--promptevo-update-lock", *option).outlines
    assert (TAKEN_OVER.format("6 examples") in outlines) is not bool(option)
    assert project.entry()["quality"] == ({} if option else {"o-0": 0.0})
    assert not any(
        "was not the file" in line for line in project.run("--promptevo-update-lock").outlines
    )


def test_of_answers_that_serve_no_request_any_more_nothing_is_taken_over(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    path.write_text(path.read_text("utf-8").replace('"1000"', '"2000"'), "utf-8")
    project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    assert not any(
        "was not the file" in line for line in project.run("--promptevo-update-lock").outlines
    )


DIES_BEFORE_THE_LOCK = """
import os
import pathlib
import signal

replace = pathlib.Path.replace


def killing(source, target):
    if os.fspath(target).endswith("promptevo.lock"):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(source, target)


pathlib.Path.replace = killing
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_kill_between_recordings_and_lock_is_told_and_mended_by_the_same_command(project):
    project.suite()
    project.accept()
    lock, recorded = project.lock.read_bytes(), project.recordings / "order.jsonl"
    old = recorded.read_bytes()
    project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    project.write("conftest.py", DIES_BEFORE_THE_LOCK)
    assert project.spawn("--promptevo-update-lock").ret == -signal.SIGKILL
    assert project.lock.read_bytes() == lock
    assert recorded.read_bytes() != old
    (project.root / "conftest.py").unlink()
    calls = project.calls

    result = project.run("--promptevo-locked")
    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(
        ["*order.jsonl is not the file with which promptevo.lock was written*"]
    )
    result = project.run("--promptevo-update-lock")
    result.assert_outcomes(passed=8)
    assert TAKEN_OVER.format("6 examples") in result.outlines
    assert project.calls == calls
    project.run("--promptevo-locked", "--promptevo-record=none").assert_outcomes(passed=8)
    assert not list(project.root.glob(".*.tmp"))


def test_the_lock_holds_what_passes_where_that_is_less_than_all(project):
    project.suite(count=2, pass_mark=0.5)
    project.accept()
    assert project.entry()["pass_mark"] == 0.5
    project.change(pass_mark=1.0)
    project.accept()
    assert "pass_mark" not in project.entry()
