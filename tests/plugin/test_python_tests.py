"""The marker and the fixture `promptevo`: tests in Python of a locked prompt."""

from __future__ import annotations

import json

import pytest

from pytest_promptevo.lock.file import read_lock, write_lock

from .project import VERBOSE, section
from .test_properties import properties

TEST = """
import pytest

@pytest.mark.promptevo("order")
def test_brevity(promptevo):
    answer = promptevo.answer(message="where is 4711, please?")
    assert answer.data == "4711"
    assert len(answer.text) < 10
    assert promptevo.genome["max_tokens"] == 16

@pytest.mark.promptevo("order")
@pytest.mark.parametrize("number", ["1234", "5678"])
def test_numbers(promptevo, number):
    assert promptevo.answer(message=f"cancel {number}").text == number
"""


@pytest.fixture
def locked(project):
    project.suite(count=2)
    project.accept()
    project.write("test_tone.py", TEST)
    return project


def recorded(project):
    path = project.recordings / "order+tests.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_answers_are_asked_recorded_and_replayed(locked):
    result = locked.run("test_tone.py")
    result.assert_outcomes(passed=3)
    assert section(result) == [
        "order: asked by tests in Python: 3/3 pass, 3 answers, "
        + section(result)[0].rpartition(", ")[2],
        "order: 3 answers of tests in Python were not committed before this run: a run with "
        "--promptevo-update-lock keeps what it asks for",
    ]
    assert recorded(locked) == []
    before = locked.lock.read_bytes()
    locked.run("--promptevo-update-lock").assert_outcomes(passed=7)
    assert [row["example"] for row in recorded(locked)] == [
        "test_tone.py::test_brevity",
        "test_tone.py::test_numbers[1234]",
        "test_tone.py::test_numbers[5678]",
    ]
    assert locked.lock.read_bytes() == before
    locked.forget()
    locked.env(CI="true")
    result = locked.run("--promptevo-locked", "--strict-markers")
    result.assert_outcomes(passed=7)
    assert locked.calls == 0
    told = "order: asked by tests in Python: 3/3 pass, 3 answers, "
    assert section(result)[-1].startswith(told)
    locked.spawn("-n", "4").assert_outcomes(passed=7)


def test_a_missing_recording_says_what_to_do(locked):
    locked.env(CI="true")
    result = locked.run("test_tone.py")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        ["test_tone.py::test_brevity: no recording: missing",
         "  hint: the same pytest command with --promptevo-update-lock records it"]
    )  # fmt: skip
    result.stdout.no_fnmatch_line("*tested_prompt.py*")


@pytest.mark.parametrize(
    "call", ["promptevo.answer(msg='1234')", "promptevo.prompt.request(msg='1')"]
)
def test_a_wrong_input_shows_the_line_of_the_test_alone(locked, call):
    locked.write("test_tone.py", f"def test_one(promptevo):\n    {call}\n")
    result = locked.run("test_tone.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "promptevo = TestedPrompt('order')",
            f">*{call}",
            "E   *TypeError: order needs the input 'message' and takes no input 'msg' (did you "
            "mean 'message'?)",
            "test_tone.py:2: TypeError",
        ]
    )
    for internal in ("*runtime*", "*tested_prompt.py*", "*LockedPrompt(*"):
        result.stdout.no_fnmatch_line(internal)


def test_another_locked_genome_makes_recordings_stale(locked):
    locked.run("--promptevo-update-lock")
    assert len(recorded(locked)) == 3
    locked.lock.unlink()
    locked.change(genome={"instruction": VERBOSE}, threshold=-9)
    locked.run("--promptevo-update-lock", "--deselect", "test_tone.py")
    locked.env(CI="true")
    result = locked.run("test_tone.py")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*no recording: stale, the prompt's text changed since*"])


def test_an_update_keeps_what_other_tests_asked_and_drops_what_is_asked_no_more(locked):
    locked.run("--promptevo-update-lock")
    locked.run("--promptevo-update-lock", "test_tone.py::test_brevity")
    assert len(recorded(locked)) == 3
    one = "def test_one(promptevo):\n    promptevo.answer(message='1234')\n"
    locked.write("test_tone.py", f"{one}\ndef test_brevity():\n    pass\n")
    locked.run("--promptevo-update-lock", "test_tone.py")
    names = {row["example"].partition("::")[2] for row in recorded(locked)}
    assert names == {"test_one", "test_numbers[1234]", "test_numbers[5678]"}
    (locked.root / "test_tone.py").rename(locked.root / "test_other.py")
    locked.run("--promptevo-update-lock")
    assert [row["example"] for row in recorded(locked)] == ["test_other.py::test_one"]


def test_a_golden_examples_answer_serves_a_test(locked):
    golden = json.loads((locked.root / "golden/order.jsonl").read_text().splitlines()[0])
    test = TEST.split("@pytest.mark.parametrize")[0].rpartition("@")[0]
    test = test.replace("where is 4711, please?", golden["inputs"]["message"])
    locked.write("test_tone.py", test.replace('"4711"', repr(golden["expected"])))
    locked.env(CI="true")
    locked.forget()
    locked.run("test_tone.py").assert_outcomes(passed=1)
    assert locked.calls == 0


def test_one_suite_needs_no_name_and_two_do(locked):
    locked.write(
        "test_tone.py", "def test_one(promptevo):\n    assert promptevo.suite == 'order'\n"
    )
    locked.run("test_tone.py").assert_outcomes(passed=1)
    locked.suite("other", count=1)
    locked.accept()
    result = locked.run("test_tone.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["promptevo.lock: there are 2 suites", '*hint: name one: @pytest.mark.promptevo("SUITE")']
    )


@pytest.mark.parametrize(
    ("marker", "said"),
    [("'ordr'", "no entry for suite 'ordr'"), ("", "it takes the name of a suite"),
     ("7", "it takes the name of a suite"), ("suite='order'", "it takes the name of a suite")],
)  # fmt: skip
def test_a_wrong_marker(locked, marker, said):
    locked.write("test_tone.py", TEST.replace('promptevo("order")', f"promptevo({marker})", 1))
    result = locked.run("test_tone.py::test_brevity")
    result.assert_outcomes(errors=1)
    assert said in str(result.stdout)
    assert "Traceback" not in str(result.stdout)


def test_without_a_lock(project):
    project.suite()
    project.write("test_tone.py", TEST)
    result = project.run("test_tone.py")
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["*promptevo.lock: no promptevo.lock", "*--promptevo-update-lock*"])


def test_wrong_inputs_and_invalid_answers_are_the_tests_to_expect(locked):
    locked.write(
        "test_tone.py",
        "import pytest\n"
        "def test_wrong(promptevo):\n"
        "    with pytest.raises(TypeError, match='needs the input .message.'):\n"
        "        promptevo.answer(mesage='x')\n",
    )
    locked.run("test_tone.py").assert_outcomes(passed=1)


def test_a_lock_in_a_folder_below_and_coroutines(project):
    project.suite("inner", count=1, golden=None)
    for name in ("inner.promptevo.yaml", "golden"):
        (project.root / "prompts").mkdir(exist_ok=True)
        (project.root / name).rename(project.root / "prompts" / name)
    project.write("prompts/promptevo.lock", "version: 2\nsuites: {}\n# end of lock\n")
    text = (project.root / "prompts/inner.promptevo.yaml").read_text()
    project.write("prompts/inner.promptevo.yaml", f"golden: golden/inner.jsonl\n{text}")
    project.run("--promptevo-update-lock")
    project.write(
        "tests/test_async.py",
        "import asyncio\n"
        "def test_it(promptevo):\n"
        "    answer = asyncio.run(promptevo.aanswer(message='was 9876 sent?'))\n"
        "    assert answer.text == '9876'\n",
    )
    project.run("tests").assert_outcomes(passed=1)


def test_junit_and_fixtures(locked):
    locked.run("test_tone.py", "--junitxml=report.xml")
    told = properties(locked.root / "report.xml")["test_brevity"]
    assert (told["suite"], told["answers"], told["genome"]) == ("order", "1", "locked")
    assert float(told["tokens"]) > 0
    listed = str(locked.run("--fixtures", "test_tone.py").stdout)
    assert "The locked prompt that ``@pytest.mark.promptevo" in listed


def test_a_damaged_file_of_recordings_is_told(locked):
    locked.run("--promptevo-update-lock")
    path = locked.recordings / "order+tests.jsonl"
    path.write_text(path.read_text().replace("4711", "4712", 1) + "<<<<<<< HEAD\n")
    result = locked.run("test_tone.py")
    result.assert_outcomes(errors=3)
    assert (
        str(result.stdout).count("\npromptevo_recordings/order+tests.jsonl:4: merge-conflict") == 3
    )
    assert "KeyError" not in str(result.stdout)
    locked.run("--promptevo-update-lock", "--promptevo-record=all").assert_outcomes(passed=7)
    assert len(recorded(locked)) == 3


BROKEN_OFF = """
import pytest

def test_one(promptevo):
    promptevo.answer(message="1001")

def test_two(promptevo):
    promptevo.answer(message="{second}")
    {end}
    promptevo.answer(message="1004")

def test_three(promptevo):
    promptevo.answer(message="1003")
"""


def keys(locked, test):
    return {row["key"] for row in recorded(locked) if row["example"] == f"test_tone.py::{test}"}


@pytest.mark.parametrize("end", ["assert 0", "raise KeyboardInterrupt"])
def test_an_update_keeps_what_tests_asked_that_did_not_come_to_their_end(locked, end):
    locked.write("test_tone.py", BROKEN_OFF.format(second="1002", end=""))
    locked.run("--promptevo-update-lock")
    assert len(recorded(locked)) == 4
    before = keys(locked, "test_two")
    locked.write("test_tone.py", BROKEN_OFF.format(second="1022", end=end))
    locked.spawn("--promptevo-update-lock", "-x")
    assert len(keys(locked, "test_one")) == len(keys(locked, "test_three")) == 1
    assert keys(locked, "test_two") > before
    locked.write("test_tone.py", BROKEN_OFF.format(second="1022", end=""))
    locked.env(CI="true")
    locked.run("test_tone.py").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    "edit",
    [
        {"prompt": None, "target": "deploy:run", "inputs": ["message"]},
        {"reference": "scripted:deploy:answer"},
    ],
    ids=["target", "model"],
)
def test_a_lock_runs_no_function_that_its_suite_does_not_name(locked, edit):
    locked.write(
        "deploy.py", "open('ran', 'w')\ndef run(*_): return ''\ndef answer(*_): return ''\n"
    )
    lock = read_lock(locked.lock)
    entry = lock.entries["order"]
    if "reference" in edit:
        models = {role: model.model_copy(update=edit) for role, model in entry.models.items()}
        edit = {"models": models}
    write_lock(lock.with_entry("order", entry.model_copy(update=edit)))
    result = locked.run("test_tone.py")
    result.assert_outcomes(errors=3)
    assert not (locked.root / "ran").exists()
    assert "deploy:" in str(result.stdout)
    result.stdout.fnmatch_lines(["*which no file of that suite names", "*nothing of it was run*"])
