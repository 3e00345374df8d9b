from __future__ import annotations

import hashlib
import json
import sqlite3

import pytest

from .project import VERBOSE, section


def ids(project):
    lines = (project.recordings / "order.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["example"] for line in lines]


def test_they_are_sorted_by_example_whatever_the_order_of_the_golden_file(project):
    project.suite(count=12)
    golden = project.root / "golden/order.jsonl"
    golden.write_text("\n".join(reversed(golden.read_text().splitlines())))
    project.accept()
    assert ids(project) == sorted(ids(project))
    assert len(ids(project)) == 12


def test_recording_again_gives_the_same_bytes(project):
    project.suite()
    project.accept()
    before = (project.recordings / "order.jsonl").read_bytes()
    project.forget()
    project.run("--promptevo-record=all", "--promptevo-update-lock")
    assert project.calls == 6
    assert (project.recordings / "order.jsonl").read_bytes() == before


def test_the_lock_holds_the_digest_of_the_bytes(project):
    project.suite()
    project.accept()
    content = (project.recordings / "order.jsonl").read_bytes()
    assert project.entry()["recordings"] == f"sha256:{hashlib.sha256(content).hexdigest()[:32]}"


@pytest.mark.parametrize("processes", ["0", "2"])
@pytest.mark.parametrize("mode", ["missing", "all"])
def test_a_plain_run_never_writes_them(project, processes, mode):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before, written = path.read_bytes(), path.stat().st_mtime_ns
    project.forget()
    project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    result = project.spawn("-p", "no:randomly", f"-n{processes}", f"--promptevo-record={mode}")
    result.assert_outcomes(passed=7, xfailed=1)
    assert project.calls == 6
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, written)
    assert [file.name for file in project.recordings.iterdir()] == ["order.jsonl"]
    told = "the answers to 6 of 6 examples are not the committed ones"
    result.stdout.fnmatch_lines([f"order: {told}: --promptevo-update-lock accepts them"])


def test_two_processes_ask_once_and_what_they_heard_is_accepted_without_a_call(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.read_bytes()
    path.unlink()
    project.forget()
    project.env(MODEL_PAUSE="0.05")
    result = project.spawn("-n", "2")
    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(
        ["promptevo_recordings/order.jsonl is missing, with which promptevo.lock was written"]
    )
    assert project.calls == 6
    assert section(result) == section(project.run())
    assert not path.exists()
    project.run("--promptevo-update-lock").assert_outcomes(passed=8)
    assert project.calls == 6
    assert path.read_bytes() == before


def test_nothing_is_committed_for_a_suite_without_a_lock_entry(project):
    project.suite()
    project.suite("sketch", draft=True, genome={"instruction": VERBOSE})
    project.run()
    assert not project.recordings.exists()


def test_a_replay_writes_nothing(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.stat().st_mtime_ns
    result = project.run()
    result.stdout.no_fnmatch_line("*recorded*")
    assert path.stat().st_mtime_ns == before


def test_accepting_a_part_leaves_the_other_recordings_alone(project):
    project.suite()
    project.accept()
    before = (project.recordings / "order.jsonl").read_text().splitlines()
    edit = (project.root / "golden/order.jsonl").read_text().replace("order 1014", "parcel 1014")
    project.write("golden/order.jsonl", edit)
    project.run("--promptevo-update-lock", "-k", "o-2").assert_outcomes(passed=1, deselected=7)
    after = (project.recordings / "order.jsonl").read_text().splitlines()
    assert [old == new for old, new in zip(before, after, strict=True)] == [
        number != 2 for number in range(6)
    ]
    project.run("--promptevo-locked", "--promptevo-record=none").assert_outcomes(passed=8)


def test_the_recording_of_an_example_that_is_gone_goes_when_that_is_accepted(project):
    project.suite()
    project.accept()
    project.golden(count=4)
    project.run()
    assert len(ids(project)) == 6
    project.accept()
    assert ids(project) == ["o-0", "o-1", "o-2", "o-3"]


def test_each_attempt_of_a_repair_is_recorded(project):
    project.write(
        "fake3.py",
        "import re\n"
        "def answer(request):\n"
        "    first = len(request.messages) == 1\n"
        "    number = re.search('[0-9]{4}', request.messages[0].content)[0]\n"
        "    return 'oops' if first else '{\"number\": \"%s\"}' % number\n",
    )
    project.suite(
        count=2,
        models={"primary": "scripted:fake3:answer"},
        output={"format": "json"},
        scorers=[{"contains": {}}],
        threshold=0.1,
    )
    project.accept()
    lines = (project.recordings / "order.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["example"], row["attempt"]) for row in rows] == [
        ("o-0", 0),
        ("o-0", 1),
        ("o-1", 0),
        ("o-1", 1),
    ]
    project.forget()
    result = project.run("--promptevo-record=none", "-v")
    result.stdout.no_fnmatch_line("*no recording*")


def test_damaged_recordings_are_an_error_that_names_the_line(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], "<<<<<<< HEAD", *lines[2:]]))
    result = project.run()
    result.stdout.fnmatch_lines(["*promptevo_recordings/order.jsonl:3: merge-conflict marker*"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("edited", ["messages", "params", "model", "key"])
def test_an_answer_moved_to_another_request_is_an_error_that_names_the_line(project, edited):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[2][edited] = "0" * 32
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    result = project.run()
    result.stdout.fnmatch_lines(
        ["*order.jsonl:3: not a recording: the key is not that of its model, messages and params*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert result.ret != 0


def test_a_forged_answer_in_the_local_store_is_told_and_asked_for_again(project):
    project.suite()
    project.run()
    calls = project.calls
    with sqlite3.connect(project.root / ".promptevo" / "answers.sqlite") as database:
        database.execute("UPDATE answers SET completion_tokens = -7")
    database.close()
    result = project.run()
    result.assert_outcomes(passed=7)
    assert project.calls == 2 * calls
    assert (
        str(result.stdout).count("an answer is not used, and asked for again: completion_tokens")
        == 1
    )


def test_figures_that_cannot_be_are_the_error_of_an_answer_and_poison_nothing(project):
    project.write(
        "fake4.py",
        "from pytest_promptevo.prompt import Completion\n\n"
        "def answer(request):\n    return Completion('1000', 10**30, 1, 1.0)\n",
    )
    project.suite(count=2, models={"primary": "scripted:fake4:answer"})
    result = project.run()
    result.stdout.fnmatch_lines(["*an answer that makes no sense: prompt_tokens is not within*"])
    result.stdout.no_fnmatch_line("*OverflowError*")
    assert not project.recordings.exists()


def test_two_answers_to_one_request_are_not_accepted(project):
    project.write(
        "fake5.py", "import time\n\ndef answer(request):\n    return f'1000 {time.time_ns()}'\n"
    )
    project.ini("filterwarnings = default")
    models = {"primary": "scripted:fake5:answer"}
    project.suite(count=2, models=models, scorers=[{"contains": {}}])
    row = json.loads((project.root / "golden/order.jsonl").read_text().splitlines()[0])
    twice = [row, {**row, "id": "again"}]
    project.write("golden/order.jsonl", "".join(f"{json.dumps(each)}\n" for each in twice))
    project.accept()
    before = project.lock.read_bytes()
    result = project.spawn("--promptevo-record=all", "--promptevo-update-lock", "-k", "o-0")
    result.stderr.fnmatch_lines(["*order: o-0 asks what again asks, and got another answer: *"])
    assert project.lock.read_bytes() == before


DAMAGE = {
    "truncated": lambda text: text[:-40],
    "a line too many": lambda text: f"{text}=======\n",
    "emptied of sense": lambda _text: "\x00\xff",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_recording_all_again_replaces_damaged_recordings_with_a_warning(project, damage):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.read_text("utf-8")
    path.write_text(damage(before), "latin-1")
    damaged = path.read_bytes()
    for others in ((), ("--promptevo-record=none",), ("--promptevo-update-lock",)):
        project.run(*others).assert_outcomes(failed=1)
    result = project.run("--promptevo-record=all")
    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(
        ["*order.jsonl is not the file with which promptevo.lock was written"]
    )
    assert path.read_bytes() == damaged
    result = project.run("--promptevo-record=all", "--promptevo-update-lock")
    result.assert_outcomes(passed=8)
    told = [line for line in section(result) if "damaged" in line]
    assert len(told) == 1
    assert told[0].startswith("order: warning: promptevo_recordings/order.jsonl:")
    assert told[0].endswith("; damaged lines were not used")
    assert path.read_text("utf-8") == before


def test_a_part_is_not_accepted_where_the_recordings_of_others_are_damaged(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.read_text("utf-8")
    path.write_text(before[:-40])
    project.forget()
    result = project.run("--promptevo-record=all", "--promptevo-update-lock", "-k", "o-1")
    result.stderr.fnmatch_lines(["*order: 1 of 6 examples are selected, and of another: *"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert path.read_text("utf-8") == before[:-40]


def test_two_processes_warn_once_of_damaged_recordings(project):
    project.suite(count=3)
    project.accept()
    path = project.recordings / "order.jsonl"
    damaged = path.read_text("utf-8")[:-40]
    path.write_text(damaged)
    result = project.spawn("-n", "2", "--promptevo-record=all")
    result.assert_outcomes(passed=4, failed=1)
    assert sum("damaged lines were not used" in line for line in section(result)) == 1
    assert path.read_text("utf-8") == damaged


def test_recordings_without_an_entry_are_those_of_no_lock(project):
    project.suite(count=2)
    project.accept()
    project.lock.unlink()
    result = project.run()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*order.jsonl is committed, but promptevo.lock is gone"])


def test_line_endings_of_version_control_are_no_change(project):
    project.suite(count=2)
    project.accept()
    path = project.recordings / "order.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    project.run("--promptevo-locked", "--promptevo-record=none").assert_outcomes(passed=4)
