from __future__ import annotations

import pytest


@pytest.fixture
def locked(project):
    project.suite(count=3)
    project.accept()
    return project


def test_another_model_answers(project):
    project.suite(count=3)
    result = project.run("--promptevo-model", "primary=scripted:fake:other")
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["  answer:   'other'"])


def test_the_last_override_of_a_role_wins(project):
    project.suite(count=3)
    options = ["--promptevo-model=primary=scripted:fake:other"]
    options += ["--promptevo-model=primary=scripted:fake:answer"]
    project.run(*options).assert_outcomes(passed=4)


def test_an_override_leaves_the_committed_recordings_alone(locked):
    path = locked.recordings / "order.jsonl"
    before = path.read_bytes()
    result = locked.run("--promptevo-model=primary=scripted:fake:other")
    result.assert_outcomes(failed=4, xfailed=1)
    assert path.read_bytes() == before
    locked.forget()
    locked.run("--promptevo-record=none").assert_outcomes(passed=5)


def test_an_override_is_no_failure_of_the_lock_in_ci(locked):
    locked.env(CI="true")
    options = ("--promptevo-record=missing", "--promptevo-model=primary=scripted:fake:other")
    locked.run(*options).assert_outcomes(failed=4, xfailed=1)


@pytest.mark.parametrize("role", ["primary=scripted:fake:answer", "other=scripted:fake:other"])
def test_a_model_that_changes_nothing_for_a_suite_leaves_its_lock_checked_in_ci(locked, role):
    locked.suite("second", count=1, models={"other": "scripted:fake:answer"})
    locked.change("second", models={"other": "scripted:fake:answer"}, genome={"model": "other"})
    locked.change(threshold=0.1)
    locked.env(CI="true")
    result = locked.run("-k", "order and lock", f"--promptevo-model={role}")
    result.assert_outcomes(failed=1, deselected=6)


@pytest.fixture
def two_roles(project):
    models = {"primary": "scripted:fake:answer", "spare": "scripted:fake:answer"}
    project.suite(count=3, models=models)
    project.accept()
    return project


def test_an_override_of_a_role_that_the_genome_does_not_use_excuses_nothing(two_roles):
    spare = "--promptevo-model=spare=scripted:fake:other"
    two_roles.env(CI="true")
    result = two_roles.run("--promptevo-audit=2", spare)
    result.assert_outcomes(passed=6)
    result.stdout.no_fnmatch_line("*out of date*")
    two_roles.change(threshold=0.1)
    two_roles.run("-k", "lock", spare).assert_outcomes(failed=1, deselected=4)
    two_roles.run("-k", "lock", spare.replace("spare=", "primary=")).assert_outcomes(
        xfailed=1, deselected=4
    )


def test_an_update_with_another_model_in_any_role_says_that_it_is_locked(two_roles):
    result = two_roles.run("--promptevo-update-lock", "--promptevo-model=spare=scripted:fake:other")
    result.stdout.fnmatch_lines(["*locked with the model of --promptevo-model for spare: *"])
    assert two_roles.entry()["models"]["spare"]["reference"] == "scripted:fake:other"


def test_an_override_is_named_as_what_differs_from_the_lock(locked):
    result = locked.run("--promptevo-model=primary=scripted:fake:other")
    result.stdout.fnmatch_lines(
        ["order: the lock is out of date (model 'primary' (scripted:fake:answer -> *other) *"]
    )


def test_an_override_of_one_suites_role_does_not_touch_others(project):
    project.suite("first", count=2)
    project.suite("second", count=2, models={"primary": None, "main": "scripted:fake:answer"})
    project.change("second", models=None)
    project.change("second", models={"main": "scripted:fake:answer"}, genome={"model": "main"})
    result = project.run("--promptevo-model=main=scripted:fake:other")
    result.assert_outcomes(passed=3, failed=3)


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_role_that_no_suite_has_is_a_usage_error(project, workers):
    project.suite(count=2)
    result = project.spawn("--promptevo-model=primray=scripted:fake:other", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no suite has a model role 'primray': did you mean 'primary'?*"])
    assert project.calls == 0


@pytest.mark.parametrize("reference", ["scripted:nowhere:answer", "scripted:fake:nothing"])
def test_a_model_that_cannot_be_imported_is_one_message(project, reference):
    project.suite(count=1)
    result = project.run(f"--promptevo-model=primary={reference}")
    result.stdout.fnmatch_lines([f"cannot import '{reference}': *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_evolve_locks_what_the_override_answers_where_it_passes(locked):
    locked.write("again.py", "from fake import answer\n")
    options = ("--promptevo-model=primary=scripted:again:answer",)
    result = locked.run("--evolve", *options)
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["promptevo: order: accepted into promptevo.lock"])
    locked.forget()
    locked.run("--promptevo-record=none", "--promptevo-locked", *options).assert_outcomes(passed=5)
