"""Accepting a part of a suite, and a lock that a merge has left in conflict."""

from __future__ import annotations

import pytest
import yaml


def conflict(ours, theirs, base=None):
    """Returns the texts of two locks as a merge leaves them where all of it is in conflict."""
    middle = f"||||||| base\n{base}" if base is not None else ""
    return f"<<<<<<< HEAD\n{ours}{middle}=======\n{theirs}>>>>>>> other\n"


def test_one_failure_is_accepted_and_the_rest_stays(project):
    project.suite()
    project.accept()
    before = project.entry()
    project.golden(wrong=(2,))
    project.run("-k", "o-2", "--promptevo-update-lock").assert_outcomes(xfailed=1)
    assert project.entry()["quality"] == {"o-2": 0.0}
    assert project.entry()["genome"] == before["genome"]
    project.env(CI="true")
    project.run().assert_outcomes(passed=7, xfailed=1)


def test_a_part_does_not_accept_what_is_not_selected(project):
    project.suite()
    project.accept()
    lock = project.lock.read_bytes()
    project.golden(wrong=(2, 4))
    result = project.run("-k", "o-2", "--promptevo-update-lock")
    result.stderr.fnmatch_lines(["*1 of 6 examples are selected, but o-4 is not as the lock*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert project.lock.read_bytes() == lock


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prompt": {"user": "{{instruction}} {{message}}"}}, "the prompt's texts changed"),
        ({"scorers": ["contains"]}, "the scorers changed"),
    ],
)
def test_what_concerns_all_examples_cannot_be_accepted_for_a_part(project, change, told):
    project.suite()
    project.accept()
    project.change(**change)
    result = project.run("-k", "o-2", "--promptevo-update-lock")
    result.stderr.fnmatch_lines([f"*order: 1 of 6 examples are selected, but {told}*all of them*"])


def test_a_part_of_a_suite_that_was_never_locked_is_refused(project):
    project.suite()
    result = project.run("-k", "o-2", "--promptevo-update-lock")
    result.stderr.fnmatch_lines(["*1 of 6 examples are selected, but all must be accepted first*"])
    assert not project.lock.exists()


@pytest.fixture
def merging(project):
    """Two suites; on one side of a merge `first` was changed, on the other `second`."""
    for name in ("first", "second"):
        project.suite(name, count=3, threshold=0.3)
    project.accept()
    project.base = project.lock.read_text()
    project.golden("first", 3, wrong=(0,))
    project.run("first.promptevo.yaml", "--promptevo-update-lock", "-q")
    project.ours = project.lock.read_text()
    project.lock.write_text(project.base)
    project.golden("second", 3, wrong=(1,))
    project.run("second.promptevo.yaml", "--promptevo-update-lock", "-q")
    project.theirs = project.lock.read_text()
    assert len({project.base, project.ours, project.theirs}) == 3
    return project


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_lock_in_conflict_takes_each_suite_from_the_side_that_changed_it(merging, style):
    base = merging.base if style == "diff3" else None
    merging.lock.write_text(conflict(merging.ours, merging.theirs, base))
    calls = merging.calls
    result = merging.run("--promptevo-update-lock")
    assert result.ret == 0
    text = merging.lock.read_text()
    assert "<<<<" not in text
    assert merging.entry("first")["quality"] == {"o-0": 0.0}
    assert merging.entry("second")["quality"] == {"o-1": 0.0}
    assert merging.calls == calls


def test_a_suite_that_is_not_selected_is_merged_too(merging):
    merging.lock.write_text(conflict(merging.ours, merging.theirs, merging.base))
    assert merging.run("second.promptevo.yaml", "--promptevo-update-lock").ret == 0
    assert merging.entry("first")["quality"] == {"o-0": 0.0}


def test_without_the_option_a_conflict_is_an_error_that_names_it(merging):
    merging.lock.write_text(conflict(merging.ours, merging.theirs))
    result = merging.run()
    result.stdout.fnmatch_lines(
        ["promptevo.lock:1: a merge has left*", "*--promptevo-update-lock takes*"]
    )


def test_an_entry_that_both_sides_changed_is_told(merging):
    merging.lock.write_text(merging.ours)
    merging.golden("first", 3, wrong=(0, 2))
    merging.run("first.promptevo.yaml", "--promptevo-update-lock", "-q")
    theirs = merging.lock.read_text()
    recorded = (merging.recordings / "first.jsonl").read_text()
    (merging.recordings / "first.jsonl").unlink()
    merging.lock.write_text(conflict(merging.ours, theirs))
    result = merging.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(
        [
            "*both sides of the merge changed entry 'first'*",
            "*(git checkout BRANCH -- promptevo_recordings/first.jsonl) and leave the lock*",
        ]
    )
    (merging.recordings / "first.jsonl").write_text(recorded)
    merging.run("first.promptevo.yaml", "--promptevo-update-lock", "-q")
    assert yaml.safe_load(merging.lock.read_text()) == yaml.safe_load(theirs)


def test_an_entry_of_which_git_merged_a_part_is_not_forgotten(merging):
    text = merging.ours.replace("max_tokens: 16", "max_tokens: 15")  # merged into both sides
    row = next(row for row in text.splitlines() if "checksum" in row)
    conflict_rows = f"<<<<<<< HEAD\n{row}\n=======\n{row[:-1]}x\n>>>>>>> other"
    conflicted = text.replace(row, conflict_rows, 1)
    merging.lock.write_text(conflicted)
    result = merging.run("second.promptevo.yaml", "--promptevo-update-lock")
    result.stdout.fnmatch_lines(["*both sides of the merge changed entry 'first'*"])
    assert merging.lock.read_text() == conflicted


def test_an_entry_that_is_no_yaml_after_a_merge_is_told_with_its_line(merging):
    """As git leaves it where one side has a search's figures and the other has new ones."""
    merging.lock.write_text(merging.ours)
    text = merging.ours.replace("      after:\n", "<<<<<<< HEAD\n      after:\n", 1)
    text = text.replace("        n: 3\n", "        n: 3\n=======\n        n: 4\n      after:\n", 1)
    text = text.replace("      after:\n        fit", "      after:\n        n: 4\n        fit")
    text = text.replace("        fitness:", ">>>>>>> other\n      after:\n        fitness:", 1)
    merging.lock.write_text(text)
    line = text.splitlines().index("<<<<<<< HEAD") + 1
    for path in (".", "second.promptevo.yaml"):
        result = merging.run(path, "--promptevo-update-lock")
        result.stdout.fnmatch_lines(
            [
                f"*promptevo.lock:{line}: both sides of the merge changed entry 'first'*",
                "*take the lock and promptevo_recordings/ of one side*",
            ]
        )
    assert merging.lock.read_text() == text
    merging.lock.write_text(text.replace("version: 2", "version: 3"))
    result = merging.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(["*version 3 of the lock is not known*"])


def test_a_part_does_not_accept_that_others_are_gone(project):
    project.suite(threshold=0.3)
    project.golden(wrong=(4, 5))
    project.accept()
    lock = project.lock.read_bytes()
    project.golden(count=4, wrong=(2,))
    result = project.run("-k", "o-2", "--promptevo-update-lock")
    result.stderr.fnmatch_lines(["*1 of 4 examples are selected, but o-4 is gone: leave -k out*"])
    assert project.lock.read_bytes() == lock


def test_a_part_that_is_asked_anew_leaves_the_other_recordings(project):
    project.suite()
    project.accept()
    before = (project.recordings / "order.jsonl").read_text().splitlines()
    project.run("-k", "o-2", "--promptevo-record=all", "--promptevo-update-lock")
    after = (project.recordings / "order.jsonl").read_text().splitlines()
    assert [row for row in after if '"o-2"' not in row] == [
        row for row in before if '"o-2"' not in row
    ]
    assert project.calls >= 7
