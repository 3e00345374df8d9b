from __future__ import annotations

import pytest

from .project import MODEL

ENDED = "return number + os.environ.get('ENDING', '')"


def test_an_answer_is_asked_for_once(project):
    project.suite()
    project.run().assert_outcomes(passed=7)
    project.run().assert_outcomes(passed=7)
    assert project.calls == 6


def test_none_never_asks(project):
    project.suite()
    result = project.run("--promptevo-record=none")
    result.assert_outcomes(failed=7)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.calls == 0
    assert not (project.root / ".promptevo").exists()


def test_none_replays_what_is_committed_and_nothing_else(project):
    project.suite()
    project.accept()
    project.env(CI="true")
    project.run().assert_outcomes(passed=8)
    (project.recordings / "order.jsonl").unlink()
    project.run().assert_outcomes(failed=8)


@pytest.mark.parametrize("change", ["nothing", "an example", "the prompt"])
def test_an_answer_that_is_not_committed_is_told_with_the_command_that_commits_it(project, change):
    project.suite()
    project.accept()
    if change == "an example":
        project.golden(count=7)
    elif change == "the prompt":
        project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    else:
        (project.recordings / "order.jsonl").unlink()
    project.run()
    result = project.run("--promptevo-record=none")
    result.stdout.fnmatch_lines(
        [
            "no recording: *; answered locally but not committed",
            "  hint: *pytest order.promptevo.yaml --promptevo-update-lock*",
        ]
    )
    calls = project.calls
    project.run("order.promptevo.yaml", "--promptevo-update-lock")
    assert project.calls == calls
    result = project.run("--promptevo-record=none", "--promptevo-locked")
    result.stdout.no_fnmatch_line("*no recording*")
    assert result.ret == pytest.ExitCode.OK


def test_an_answer_of_an_unlocked_suite_is_committed_by_locking_it(project):
    project.suite(count=2)
    project.run()
    result = project.run("--promptevo-record=none")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "no recording: order has no entry in promptevo.lock",
            "  hint: *, pytest order.promptevo.yaml --promptevo-update-lock locks it as it is, "
            "failures included",
        ]
    )
    project.env(CI="true")
    project.run("--promptevo-update-lock").assert_outcomes(passed=3)
    project.run().assert_outcomes(passed=4)
    assert project.calls == 2


def test_a_damaged_local_store_does_not_disturb_a_replay(project):
    project.suite(count=2)
    project.accept()
    (project.root / ".promptevo/answers.sqlite").write_text("junk")
    project.run("--promptevo-record=none").assert_outcomes(passed=4)
    (project.recordings / "order.jsonl").unlink()
    result = project.run("--promptevo-record=none")
    result.stdout.fnmatch_lines(["no recording: missing"])


def test_none_and_a_model_override_says_why_nothing_is_there(project):
    project.suite(count=2)
    project.accept()
    other = "--promptevo-model=primary=scripted:fake:other"
    result = project.run("--promptevo-record=none", other)
    result.stdout.fnmatch_lines(
        ["  hint: answers of --promptevo-model are not committed: leave it out*"]
    )


def test_all_asks_for_everything_again(project):
    project.suite()
    project.accept()
    project.run("--promptevo-record=all").assert_outcomes(passed=8)
    assert project.calls == 12


def test_all_and_acceptance_replace_recordings_that_the_model_no_longer_gives(project):
    project.write("fake.py", MODEL.replace("return number", ENDED))
    project.suite()
    project.accept()
    project.env(ENDING=".")
    recordings = project.recordings / "order.jsonl"
    project.run("--promptevo-record=all").assert_outcomes(passed=1, failed=7)
    assert '"text": "1000."' not in recordings.read_text()
    project.run("--promptevo-record=all", "--promptevo-update-lock")
    assert '"text": "1000."' in recordings.read_text()
    assert project.entry()["figures"]["after"]["quality"]["mean"] == 0.0


@pytest.mark.parametrize("mode", ["missing", "all"])
def test_another_model_under_the_same_name_leaves_the_recordings_of_the_locked_one(project, mode):
    project.suite()
    project.accept()
    before = (project.recordings / "order.jsonl").read_bytes()
    project.write("fake.py", MODEL.replace("return number", "return number + '.'"))
    project.run(f"--promptevo-record={mode}").assert_outcomes(failed=7, xfailed=1)
    assert (project.recordings / "order.jsonl").read_bytes() == before
    project.run("--promptevo-record=none").assert_outcomes(passed=7, xfailed=1)


@pytest.mark.parametrize(
    ("ci", "options", "ini", "asks"),
    [
        (None, (), (), True),
        ("true", (), (), False),
        ("1", (), (), False),
        ("false", (), (), True),
        ("", (), (), True),
        ("true", ("--promptevo-record=missing",), (), True),
        ("true", (), ("promptevo_record = missing",), True),
        ("false", (), ("promptevo_record = none",), False),
        (None, ("--promptevo-record=missing",), ("promptevo_record = none",), True),
    ],
)
def test_ci_replays_unless_told_otherwise(project, ci, options, ini, asks):
    project.suite(count=1)
    project.ini(*ini)
    if ci is not None:
        project.env(CI=ci)
    project.run(*options)
    assert project.calls == int(asks)


def test_all_in_two_processes_does_not_ask_twice(project):
    project.suite(count=8)
    project.env(MODEL_PAUSE="0.05")
    result = project.spawn("-n", "2", "--promptevo-record=all")
    result.assert_outcomes(passed=9)
    assert project.calls == 8
    project.spawn("-n", "2", "--promptevo-record=all").assert_outcomes(passed=9)
    assert project.calls == 16
