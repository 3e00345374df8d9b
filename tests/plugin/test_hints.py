"""What a run says to do: one command for one cause, and it does what it says."""

from __future__ import annotations

import shlex

import pytest

from .project import ENOUGH, TERSE, VERBOSE, rows, section


def hints(result):
    return [line for line in result.outlines if line.startswith("  hint: ")]


def test_the_command_that_shows_one_failure_runs_that_one_alone(project):
    project.suite(count=12)
    made = [{"id": f"r{at}", "inputs": {"message": f"order {1000 + at}"}} for at in range(1, 13)]
    project.write("golden/order.jsonl", rows([{**each, "expected": "none"} for each in made]))
    result = project.run()
    (command,) = (line for line in result.outlines if line.startswith("  pytest "))
    chosen = shlex.split(command)[1:]
    assert chosen == ["order.promptevo.yaml::order[r1]"]
    project.run(*chosen).assert_outcomes(failed=1)


def test_a_lock_that_is_gone_is_told_as_such(project):
    project.suite()
    project.accept()
    project.forget()
    project.lock.unlink()
    project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    project.env(CI="true")
    result = project.run("-v")
    gone = "promptevo_recordings/order.jsonl is committed, but promptevo.lock is gone"
    assert [line for line in result.outlines if gone in line]
    result.stdout.no_fnmatch_line("*the prompt's text changed*")
    assert len({*hints(result)}) == 1
    assert "git checkout -- promptevo.lock promptevo_recordings)" in hints(result)[0]


@pytest.mark.parametrize("genome", [TERSE, VERBOSE])
def test_the_last_line_of_a_lock_that_is_gone_is_to_restore_it(project, genome):
    project.suite(genome={"instruction": genome})
    project.accept()
    project.lock.unlink()
    result = project.run()
    restore = "git checkout -- promptevo.lock promptevo_recordings)"
    assert [line for line in section(result) if "next: " in line] == [
        f"order: next: restore what was committed ({restore}, as its test [lock] says"
    ]
    assert all(restore in hint for hint in hints(result))


def test_a_locked_suite_that_fails_by_other_recordings_is_told_to_restore_them(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    path.write_text(path.read_text("utf-8").replace('"text": "', '"text": "not '), "utf-8")
    project.env(CI="true")
    result = project.run()
    assert any(line.startswith("order: next: restore ") for line in section(result))
    assert all("promptevo.lock promptevo_recordings)" in hint for hint in hints(result))


@pytest.mark.parametrize("change", ["prompt", "recordings", "nothing locked"])
def test_all_tests_of_one_cause_hint_at_the_same(project, change):
    project.suite()
    if change != "nothing locked":
        project.accept()
    project.forget()
    project.env(CI="true")
    if change == "prompt":
        project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    if change == "recordings":
        (project.recordings / "order.jsonl").unlink()
    result = project.run("-v", "--promptevo-locked")
    result.assert_outcomes(failed=8)
    assert len(hints(result)) >= 8
    assert len({*hints(result)}) == 1


def test_a_gate_that_cannot_judge_says_neither_pass_nor_fail(project):
    project.suite()
    project.accept()
    project.forget()
    path = project.recordings / "order.jsonl"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    project.env(CI="true")
    result = project.run()
    assert result.ret == 1
    line = next(line for line in section(result) if line.startswith("order "))
    assert "FAIL" not in line
    assert " 0.8    -     " in line


@pytest.mark.parametrize("option", ["--promptevo-update-lock", "--evolve=all"])
def test_a_model_that_raises_before_the_tests_is_told_with_its_example_and_lines(project, option):
    project.suite(genome={"instruction": VERBOSE}, search={"instruction": [VERBOSE, TERSE]})
    project.write(
        "fake.py",
        "def answer(request):\n"
        "    if '1014' in request.messages[-1].content:\n"
        "        raise KeyError('no such order')\n"
        "    return 'x'\n",
    )
    result = project.run(option)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "    raise KeyError('no such order')",
            "*promptevo: order, example 'o-2': scripted:fake:answer failed: *no such order*",
        ]
    )
    assert not project.lock.exists()


def test_a_hand_edited_lock_is_restored_rather_than_deleted(project):
    project.suite()
    project.accept()
    project.lock.write_text(project.lock.read_text("utf-8").replace(TERSE, VERBOSE), "utf-8")
    (hint,) = hints(project.run())
    assert "git checkout -- promptevo.lock (if it was committed like that: " in hint
    assert "drops the genomes that --evolve has found and their held-out figures" in hint


def test_a_half_resolved_lock_is_merged_once_its_whole_conflict_is_back(project):
    project.suite()
    project.accept()
    text = project.lock.read_text("utf-8")
    row = next(row for row in text.splitlines(keepends=True) if "max_tokens: 16" in row)
    project.lock.write_text(text.replace(row, f"{row}>>>>>>> other\n"), "utf-8")
    for options in ((), ("--promptevo-update-lock",)):
        (hint,) = hints(project.run(*options))
        assert "whole conflict back: git checkout --merge -- promptevo.lock; merge suites" in hint


def test_an_update_without_the_entry_says_what_is_dropped(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.run("--evolve", "--promptevo-strategy=classic", "-q")
    dropped = (
        "promptevo: order: its recordings were committed without an entry in promptevo.lock: what "
        "an entry before knew of a search (genome, held-out figures) is dropped; "
        "pytest --evolve searches again"
    )
    assert dropped not in project.run("--promptevo-update-lock").outlines
    project.lock.unlink()
    assert dropped in project.run("--promptevo-update-lock").outlines
    assert "held_out" not in project.entry()


def test_the_same_answers_asked_again_are_the_committed_ones(project):
    project.suite()
    project.accept()
    result = project.run("--promptevo-record=all")
    assert not any("committed" in line for line in section(result))


def test_what_a_run_says_of_another_search_space_ends_it(project):
    project.suite()
    project.accept()
    project.change(search={"instruction": [VERBOSE, TERSE, "Only the number."]})
    changed = "the lock is out of date (the search space changed)"
    ends = f"{changed}: --promptevo-update-lock accepts the change"
    note = f"order: {ends}; --evolve=all searches a better genome first"
    assert note in section(project.run())
    result = project.run("--evolve")
    result.stdout.fnmatch_lines(
        [f"* passes, nothing to evolve; {ends}, --evolve=all searches all the same"]
    )
    result = project.run("--evolve=all")
    result.stdout.fnmatch_lines([f"*order: next: nothing was written; {ends}; more golden *"])
    assert not any(changed in line for line in project.run("--promptevo-update-lock").outlines)
    project.run("--promptevo-locked").assert_outcomes(passed=8)


WORSE = {"system": "{{instruction}}", "user": "Message: {{message}}\n"}
"""The scripted model takes an instruction from the last message alone."""


@pytest.mark.parametrize("can_evolve", [True, False])
def test_a_change_by_which_quality_fell_may_be_undone(project, can_evolve):
    project.suite(count=12, **({} if can_evolve else {"search": None}))
    project.accept()
    project.change(prompt=WORSE)
    result = project.run()
    result.stdout.fnmatch_lines(["quality fell against the lock: -1.000 *"])
    searches = ", or pytest --evolve searches a better genome" * can_evolve
    undo = f"  hint: undo what changed since the lock (the prompt's texts){searches}"
    assert hints(result).count(undo) == 1
    note = "order: the lock is out of date (the prompt's texts changed): undo the change, or run "
    assert f"{note}{'--evolve or ' * can_evolve}--promptevo-update-lock" in section(result)


def test_a_change_by_which_nothing_fell_need_not_be_undone(project):
    project.suite(threshold=0.7)
    project.golden(wrong=(0,))
    project.accept()
    project.change(threshold=0.9)
    result = project.run()
    assert hints(result) == ["  hint: pytest --evolve searches a better genome"]
    assert not any("undo" in line for line in section(result))
