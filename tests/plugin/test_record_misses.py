from __future__ import annotations

import re
import shlex

import pytest

from .project import VERBOSE

COMMAND = re.compile(
    r"pytest (?P<options>('[^']*'|\S+)( --promptevo-record=all)? --promptevo-update-lock)"
)


def told_command(result: pytest.RunResult) -> list[str]:
    hint = next(line for line in result.outlines if line.startswith("  hint: "))
    command = COMMAND.search(hint)
    assert command is not None
    return shlex.split(command["options"])


def change_prompt(project):
    project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})


def change_model(project):
    project.write("fake2.py", (project.root / "fake.py").read_text().replace("[0]", "[ 0 ]"))
    project.change(models={"primary": "scripted:fake2:answer"})


def change_temperature(project):
    lock_anew(project, temperature=0.5)


def change_max_tokens(project):
    project.change(genome={"instruction": VERBOSE})
    project.lock.unlink()
    project.accept()
    lock_anew(project, max_tokens=3)


def lock_anew(project, **genes):
    """As if a lock were merged without the recordings that belong to it."""
    old = (project.recordings / "order.jsonl").read_bytes()
    project.change(genome=genes)
    project.lock.unlink()
    project.accept()
    (project.recordings / "order.jsonl").write_bytes(old)


@pytest.fixture
def locked(project):
    project.suite(count=3)
    project.accept()
    return project


def test_a_miss_names_the_example_and_the_command_that_records_it(locked):
    locked.forget()
    (locked.recordings / "order.jsonl").unlink()
    result = locked.run("--promptevo-record=none")
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            "*_ order?o-0? _*",
            "no recording: missing",
            "  hint: *, or accept what the models answer now: pytest order.promptevo.yaml "
            "--promptevo-update-lock",
            "FAILED order.promptevo.yaml::order?o-0? - no recording: missing",
        ]
    )
    locked.run(*told_command(result)).assert_outcomes(passed=5)
    locked.forget()
    locked.run("--promptevo-record=none").assert_outcomes(passed=5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (change_prompt, "stale, the prompt's text changed since*"),
        (change_model, "stale, the model changed (sha256:* -> sha256:*) since*"),
        (change_temperature, "stale, a sampling parameter changed since*"),
        (change_max_tokens, "stale, max_tokens changed since*"),
    ],
)
def test_a_stale_recording_says_what_changed(locked, change, told):
    change(locked)
    locked.forget()
    result = locked.run("--promptevo-record=none")
    result.stdout.fnmatch_lines([f"no recording: {told}"])
    locked.run(*told_command(result))
    locked.forget()
    again = locked.run("--promptevo-record=none")
    again.stdout.no_fnmatch_line("*no recording*")


def test_a_new_example_is_missing_and_the_others_replay(locked):
    locked.golden(count=4)
    result = locked.run("--promptevo-record=none")
    result.assert_outcomes(passed=3, failed=2, xfailed=1)
    result.stdout.fnmatch_lines(["cannot judge order: example 'o-3': no recording: missing"])


def test_a_miss_of_an_unlocked_suite_says_how_to_commit_recordings(project):
    project.suite(count=2)
    result = project.run("--promptevo-record=none")
    result.stdout.fnmatch_lines(
        [
            "no recording: order has no entry in promptevo.lock",
            "  hint: *, pytest order.promptevo.yaml --promptevo-update-lock locks it as it is, "
            "failures included",
        ]
    )


def test_the_command_fits_the_folder_that_pytest_was_started_in(project, monkeypatch):
    project.suite(count=1)
    project.ini()
    project.accept()
    project.forget()
    (project.recordings / "order.jsonl").unlink()
    folder = project.root / "my prompts"
    folder.mkdir()
    (project.root / "golden").rename(folder / "golden")
    (project.root / "order.promptevo.yaml").rename(folder / "order.promptevo.yaml")
    monkeypatch.chdir(folder)
    result = project.run("--promptevo-record=none")
    assert told_command(result) == ["order.promptevo.yaml", "--promptevo-update-lock"]
    monkeypatch.chdir(project.root)
    result = project.run("--promptevo-record=none")
    assert told_command(result)[0] == "my prompts/order.promptevo.yaml"
