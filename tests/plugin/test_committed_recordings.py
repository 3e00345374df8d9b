from __future__ import annotations

import json

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
    project.run("--promptevo-record=all")
    project.forget()
    project.run("--promptevo-record=all", "--promptevo-update-lock")
    assert (project.recordings / "order.jsonl").read_bytes() == before


def test_two_processes_ask_once_and_write_the_bytes_that_one_writes(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.read_bytes()
    path.unlink()
    project.forget()
    project.env(MODEL_PAUSE="0.05")
    result = project.spawn("-n", "2")
    result.assert_outcomes(passed=7)
    assert result.ret == pytest.ExitCode.OK
    assert project.calls == 6
    result.stdout.fnmatch_lines(["order: recorded 6 examples in promptevo_recordings/order.jsonl"])
    assert section(result)[:-1] == section(project.run())
    assert path.read_bytes() == before
    assert [each.name for each in project.recordings.iterdir()] == ["order.jsonl"]


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


def test_a_part_of_the_suite_leaves_the_other_recordings_alone(project):
    project.suite()
    project.accept()
    before = (project.recordings / "order.jsonl").read_text().splitlines()
    project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    project.run("-k", "o-2").assert_outcomes(passed=1, deselected=6)
    after = (project.recordings / "order.jsonl").read_text().splitlines()
    assert [old == new for old, new in zip(before, after, strict=True)] == [
        at != 2 for at in range(6)
    ]


def test_the_recording_of_an_example_that_is_gone_goes_with_the_next_whole_run(project):
    project.suite()
    project.accept()
    project.golden(count=4)
    project.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    project.run()
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
    result.stdout.fnmatch_lines(["*promptevo_recordings/order.jsonl:3: not a recording*"])
    result.stdout.no_fnmatch_line("*Traceback*")


DAMAGE = {
    "truncated": lambda text: text[:-40],
    "a line too many": lambda text: f"{text}=======\n",
    "emptied of sense": lambda _text: "\x00\xff",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("options", [(), ("--promptevo-update-lock",)])
def test_recording_all_again_replaces_damaged_recordings_with_a_warning(project, damage, options):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.read_text("utf-8")
    path.write_text(damage(before), "latin-1")
    for others in ((), ("--promptevo-record=none",), ("--promptevo-update-lock",)):
        project.run(*others, "--continue-on-collection-errors").assert_outcomes(errors=1)
    result = project.run("--promptevo-record=all", *options)
    result.assert_outcomes(passed=7)
    told = [line for line in section(result) if "damaged" in line]
    assert len(told) == 1
    assert told[0].startswith("order: warning: promptevo_recordings/order.jsonl:")
    assert told[0].endswith("; damaged lines were not used")
    assert path.read_text("utf-8") == before


def test_recording_a_part_again_keeps_what_can_be_read_of_damaged_recordings(project):
    project.suite()
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.read_text("utf-8")
    path.write_text(before[:-40])
    project.run("--promptevo-record=all", "-k", "o-1")
    assert path.read_text("utf-8").splitlines() == before.splitlines()[:-1]


def test_two_processes_replace_damaged_recordings(project):
    project.suite(count=3)
    project.accept()
    path = project.recordings / "order.jsonl"
    before = path.read_text("utf-8")
    path.write_text(before[:-40])
    result = project.spawn("-n", "2", "--promptevo-record=all")
    assert result.parseoutcomes()["passed"] == 4
    assert sum("damaged lines were not used" in line for line in section(result)) == 1
    assert path.read_text("utf-8") == before


def test_a_folder_that_cannot_be_written_is_a_line_in_the_summary(project):
    project.suite(count=2)
    project.accept()
    (project.recordings / "order.jsonl").unlink()
    project.recordings.rmdir()
    project.recordings.write_text("in the way")
    result = project.run()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["order: cannot write promptevo_recordings/order.jsonl: *"])
