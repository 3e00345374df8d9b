from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import pytest_promptevo.plugin.session
import pytest_promptevo.plugin.summary  # noqa: F401

# Imported here once: what an in-process run imports first, pytester forgets after it.
from .valid import LOCK, RECORDINGS, SUITE, contents, write_project

RECORDED = "promptevo_recordings/order-number.jsonl"
SUITE_NAME = "order.promptevo.yaml"
OWN_LOCK = LOCK.replace("  first:", "  order-number:")

REFUSED = (
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.USAGE_ERROR,
    pytest.ExitCode.TESTS_FAILED,  # a lock or recordings that cannot be read fail their suite
)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    for name in list(os.environ):
        if name.startswith(("PROMPTEVO_", "PYTEST_")) or name == "CI":
            monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    pytester.makeini("[pytest]\n")
    write_project(pytester.path)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        (SUITE_NAME, SUITE.replace("threshold:", "treshold:"), f"{SUITE_NAME}:35: unknown key"),
        (SUITE_NAME, SUITE.replace("draft: false", "draft: ["), f"{SUITE_NAME}:38: not valid YAML"),
        (SUITE_NAME, SUITE.replace("0.8", "8"), f"{SUITE_NAME}:35: no genome can reach"),
        (SUITE_NAME, SUITE.replace("golden.jsonl", "gone.csv"), f"{SUITE_NAME}:2: no such file"),
        (SUITE_NAME, SUITE.replace("{{message}}", "{{mesage}}"), f"{SUITE_NAME}:9: {{{{mesage}}}}"),
        (SUITE_NAME, SUITE.replace("[exact_match]", "[regx]"), f"{SUITE_NAME}:29: unknown scorer"),
        (SUITE_NAME, "", f"{SUITE_NAME}:1: a suite file must be a mapping"),
        (SUITE_NAME, "a: \x00", f"{SUITE_NAME}:1: not valid YAML"),
        ("golden.jsonl", "{}\n", "golden.jsonl:1: inputs: is missing"),
        ("golden.jsonl", "<<<<<<< HEAD\n", "golden.jsonl:1: merge-conflict marker"),
        ("shots.csv", "id,message\ns-1,x\n", "shots.csv:1: no column named 'expected'"),
        ("promptevo.lock", LOCK[:-14], "promptevo.lock:71: the lock is truncated"),
        (
            "promptevo.lock",
            f"<<<<<<< HEAD\n{LOCK}",
            "promptevo.lock:1: a merge has left conflict markers",
        ),
        ("promptevo.lock", LOCK.replace("seed: 0", "seed: 1"), "promptevo.lock:5: entry 'first'"),
        (RECORDED, RECORDINGS[:-5], "order-number.jsonl:4: not a recording"),
    ],
)
def test_a_malformed_project_ends_with_file_and_line(
    project: pytest.Pytester, name: str, text: str, where: str
) -> None:
    path = project.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    before = contents(project.path)
    result = run(project)
    output = result.stdout.str() + result.stderr.str()
    assert result.ret in REFUSED
    assert where in output
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    assert contents(project.path) == before


@pytest.mark.parametrize("option", ["--evolve", "--promptevo-update-lock", "--promptevo-locked"])
@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        (SUITE_NAME, SUITE.replace("threshold:", "treshold:"), f"{SUITE_NAME}:35: unknown key"),
        ("promptevo.lock", OWN_LOCK[:-14], "promptevo.lock:71: the lock is truncated"),
    ],
)
def test_nothing_is_written_over_a_malformed_file(
    project: pytest.Pytester, option: str, name: str, text: str, where: str
) -> None:
    (project.path / name).write_text(text, "utf-8")
    before = contents(project.path)
    result = run(project, option)
    output = result.stdout.str() + result.stderr.str()
    assert result.ret in REFUSED
    assert where in output
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    assert contents(project.path) == before


def test_a_golden_value_that_is_no_pattern_is_no_traceback(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (project.path / "answers.py").write_text("def echo(request):\n    return 'x'\n")
    (project.path / "golden.csv").write_text("message,expected\nx,(\n")
    (project.path / SUITE_NAME).write_text(
        "suite: patterns\ngolden: golden.csv\nmodels: {primary: 'scripted:answers:echo'}\n"
        "prompt: '{{message}}'\nscorers: [regex]\nthreshold: 0\n"
    )
    result = run(project)
    assert "is no pattern" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    sys.modules.pop("answers", None)


def test_the_folder_is_the_only_place(project: pytest.Pytester) -> None:
    outside = Path(project.path).parent / "golden.jsonl"
    (project.path / SUITE_NAME).write_text(SUITE.replace("golden.jsonl", "../golden.jsonl"))
    result = run(project)
    assert "leaves the project's folder" in result.stdout.str()
    assert not outside.exists()
