from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from .project import VERBOSE, section

AUDIT = ("-k", "audit", "--promptevo-audit=all")


@pytest.fixture
def recorded(project, monkeypatch):
    """A locked suite whose answers are committed, in CI."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.root.parent))
    project.suite(count=8)
    project.accept()
    project.forget()
    project.env(CI="true")
    return project


def change(project, examples, **values):
    """Changes committed recordings behind the model's back."""
    path = project.recordings / "order.jsonl"
    changed = []
    for row in map(json.loads, path.read_text("utf-8").splitlines()):
        new = {
            name: value(row) if callable(value) else value
            for name, value in values.items()
            if row["example"] in examples
        }
        changed.append(json.dumps({**row, **new}, ensure_ascii=False))
    path.write_text("\n".join([*changed, ""]), "utf-8")


def test_without_the_option_nothing_is_asked(recorded):
    recorded.run().assert_outcomes(passed=10)
    assert recorded.calls == 0


def test_in_ci_the_model_is_asked_just_for_the_answers_drawn(recorded):
    result = recorded.run("--promptevo-audit=3")
    result.assert_outcomes(passed=11)
    assert recorded.calls == 3
    assert section(result)[-1] == (
        "order: audit: 3 of 8 recorded answers asked again: all equal (drawn by recordings)"
    )


def test_all_asks_for_every_answer(recorded):
    recorded.run(*AUDIT).assert_outcomes(passed=1, deselected=10)
    assert recorded.calls == 8


def test_nothing_is_written(recorded):
    path = recorded.recordings / "order.jsonl"
    before = path.read_bytes(), recorded.lock.read_bytes()
    recorded.run("--promptevo-audit=all")
    assert (path.read_bytes(), recorded.lock.read_bytes()) == before
    assert not (recorded.root / ".promptevo").joinpath("answers.sqlite").exists()


def test_right_answers_that_the_model_never_gave_are_found(project):
    """Row C: recorded answers replaced by right ones, every latency set to 1."""
    project.suite(count=8, genome={"instruction": VERBOSE}, threshold=0.0)
    project.accept()
    project.forget()
    project.env(CI="true")
    change(project, {f"o-{at}" for at in range(8)}, latency_ms=1.0)
    change(project, {"o-1", "o-4"}, text=lambda row: row["text"].split()[-1].rstrip("."))
    result = project.run(*AUDIT)
    assert result.ret == 1
    result.assert_outcomes(failed=1, deselected=10)
    result.stdout.fnmatch_lines(
        [
            "order[[]audit[]]: 2 of 8 recorded answers are not what the model answers",
            "  o-1",
            "    recorded: '1007'",
            "    now:      'The order number is 1007.'",
            "  o-4",
            "    recorded: '1028'",
            "    now:      'The order number is 1028.'",
            "  hint: the recordings were changed after they were made, or this machine*",
        ]
    )
    line = "order: audit: 8 of 8 recorded answers asked again: 2 differ; "
    assert section(result)[-1].startswith(f"{line}median latency 1 ms recorded, 1")


def test_tokens_are_compared_too(recorded):
    change(recorded, {"o-2"}, prompt_tokens=1)
    result = recorded.run(*AUDIT)
    result.stdout.fnmatch_lines(["  o-2", "    prompt_tokens: 1 recorded, * now"])
    result.assert_outcomes(failed=1, deselected=10)


def test_texts_are_shown_from_where_they_differ_and_escaped(recorded):
    change(recorded, {"o-0"}, text="x" * 500 + "\x1b[2J")
    result = recorded.run(*AUDIT)
    result.stdout.fnmatch_lines([f"    recorded: '{'x' * 156}..."])
    result.stdout.no_fnmatch_line("*\x1b*")


def test_the_store_does_not_answer_for_the_model(recorded):
    recorded.env(CI="")
    recorded.run("--promptevo-record=all")
    asked = recorded.calls
    recorded.run(*AUDIT).assert_outcomes(passed=1, deselected=10)
    assert recorded.calls == asked + 8


def test_which_answers_are_drawn_follows_the_commit(recorded):
    if shutil.which("git") is None:
        pytest.skip("there is no git")

    def git(*arguments):
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=recorded.root, check=True)

    def drawn():
        recorded.log.unlink(missing_ok=True)
        result = recorded.run("-k", "audit", "--promptevo-audit=2")
        return frozenset(recorded.asked()), section(result)[-1].rpartition("(")[2]

    git("init", "-q")
    commits = []
    for number in range(6):
        git("commit", "-q", "--allow-empty", "-m", str(number))
        asked, told = drawn()
        assert drawn() == (asked, told)
        assert told.startswith("drawn by commit ")
        commits.append(asked)
    assert len(set(commits)) > 1


def test_another_model_is_told_before_it_is_asked(recorded):
    text = (recorded.root / "fake.py").read_text()
    recorded.write("fake.py", text.replace("number = re", "found = number = re"))
    result = recorded.run(*AUDIT)
    result.stdout.fnmatch_lines(
        ["no recording: scripted:fake:answer is sha256:* here, and the answers in the lock are of*"]
    )
    assert recorded.calls == 0


def test_a_target_is_audited(project):
    project.write(
        "desk.py",
        "def reply(inputs, genome, ask):\n"
        "    text = genome['instruction'] + inputs['message']\n"
        "    return ask([{'role': 'user', 'content': text}])\n",
    )
    project.suite(count=3, prompt=None, target="desk:reply", search=None)
    project.accept()
    project.env(CI="true")
    project.run(*AUDIT).assert_outcomes(passed=1, deselected=5)
    change(project, {"o-1"}, text="1007 forged")
    project.run(*AUDIT).assert_outcomes(failed=1, deselected=5)


def test_a_suite_without_an_entry_is_skipped(project):
    project.suite(count=2)
    project.run("--promptevo-audit=2", "-rs").stdout.fnmatch_lines(
        ["*order has no lock entry, and so no committed answers"]
    )


def test_a_locked_suite_without_recordings_fails(recorded):
    (recorded.recordings / "order.jsonl").unlink()
    result = recorded.run(*AUDIT)
    result.assert_outcomes(failed=1, deselected=10)
    result.stdout.fnmatch_lines(["no recording: nothing to audit in order"])


@pytest.mark.parametrize("given", ["0", "-1", "few", "1.5"])
def test_a_wrong_number_is_a_usage_error(project, given):
    project.suite(count=2)
    result = project.run(f"--promptevo-audit={given}")
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        [f"ERROR: --promptevo-audit: '{given}' is neither a whole number from 1 on nor 'all'"]
    )


@pytest.mark.parametrize("option", ["--evolve", "--promptevo-update-lock"])
def test_it_does_not_go_with_what_rewrites_the_lock(project, option):
    project.suite(count=2)
    result = project.run("--promptevo-audit=1", option)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"*checks what is committed, {option} rewrites it*"])


def test_workers_of_xdist_tell_what_they_found(recorded):
    pytest.importorskip("xdist")
    result = recorded.spawn("--promptevo-audit=2", "-n", "2")
    result.assert_outcomes(passed=11)
    assert any("order: audit: 2 of 8 recorded answers" in line for line in section(result))


@pytest.mark.real_model
def test_a_forged_answer_of_a_real_model_is_found(project):
    pytest.importorskip("xllamacpp")
    project.suite(
        count=3,
        models={"primary": "embedded:smollm2-135m-instruct"},
        genome={"max_tokens": 8},
        threshold=-9.0,
    )
    project.accept()
    project.env(CI="true")
    change(project, {"o-1"}, text="An answer that nobody gave")
    result = project.run(*AUDIT)
    result.assert_outcomes(failed=1, deselected=5)
    result.stdout.fnmatch_lines(["order[[]audit[]]: 1 of 3 recorded answers are not*", "  o-1"])
