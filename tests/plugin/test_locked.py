from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import pytest

from pytest_promptevo.base.canonical import file_sha256
from pytest_promptevo.lock import LockedModel, read_lock, write_lock

from .project import ENOUGH, TERSE, VERBOSE

SCORER = """
def right(output, example):
    return float(output.text == example.expected)
"""
CONFTEST = """
def equals(*, strip=False):
    def score(output, example):
        return float(output.text == example.expected)
    return score

def pytest_promptevo_scorers(config):
    return {"equals": equals}
"""


def edit(project, name, old, new):
    path = project.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


CHANGES = {
    "a golden label": (
        lambda project: edit(
            project, "golden/order.jsonl", '"expected": "1007"', '"expected": "7"'
        ),
        "the golden examples (o-1 edited) changed",
    ),
    "a golden input": (
        lambda project: edit(project, "golden/order.jsonl", "order 1007", "parcel 1007"),
        "the golden examples (o-1 edited) changed",
    ),
    "an example more": (
        lambda project: project.golden(count=3),
        "the golden examples (o-2 new) changed",
    ),
    "an example less": (
        lambda project: project.golden(count=1),
        "the golden examples (o-1 gone) changed",
    ),
    "a gene in search": (
        lambda project: project.change(search={"temperature": {"low": 0.0, "high": 1.0}}),
        "the search space changed",
    ),
    "a range in search": (
        lambda project: project.change(search={"instruction": [VERBOSE, TERSE, "Number?"]}),
        "the search space changed",
    ),
    "the shipped genome": (
        lambda project: project.change(genome={"instruction": VERBOSE}),
        "the shipped genome changed",
    ),
    "a few-shot example": (
        lambda project: edit(project, "golden/shots.jsonl", "5001", "6001"),
        "the few-shot examples changed",
    ),
    "an option of a scorer": (
        lambda project: project.change(
            scorers=[{"exact_match": {"weight": 2}}, {"python:grading:right": None}, "equals"]
        ),
        "the scorers changed",
    ),
    "the source of a python: scorer": (
        lambda project: edit(project, "grading.py", "float", "0.5 * float"),
        "the code of scorers or target (grading.py) changed",
    ),
    "the source of a conftest.py scorer": (
        lambda project: edit(project, "conftest.py", "return float", "return 0.5 * float"),
        "the code of scorers or target (conftest.py) changed",
    ),
    "the pass mark": (lambda project: project.change(pass_mark=0.5), "the scorers changed"),
    "the threshold": (
        lambda project: project.change(threshold=0.7),
        "the objectives or the threshold changed",
    ),
    "a weight": (
        lambda project: project.change(objectives={"tokens": {"weight": -0.001}}),
        "the objectives or the threshold changed",
    ),
    "a hard limit": (
        lambda project: project.change(objectives={"tokens": {"max": 90}}),
        "the objectives or the threshold changed",
    ),
    "the prompt": (
        lambda project: project.change(prompt={"system": "Be exact."}),
        "the prompt's texts changed",
    ),
    "the output": (
        lambda project: project.change(output={"max_repairs": 1}),
        "the output's format changed",
    ),
    "another model": (
        lambda project: project.change(models={"primary": "scripted:fake:other"}),
        "model 'primary' (scripted:fake:answer -> scripted:fake:other) changed",
    ),
    "the model itself": (
        lambda project: edit(project, "fake.py", "The order", "the order"),
        "the function of model 'primary' (scripted:fake:answer) changed",
    ),
    "a role more": (
        lambda project: project.change(models={"second": "scripted:fake:other"}),
        "model role 'second' changed",
    ),
}


@pytest.fixture
def locked(project):
    project.write("grading.py", SCORER)
    project.write("conftest.py", CONFTEST)
    project.suite(count=2, scorers=["exact_match", "python:grading:right", "equals"])
    project.accept()
    return project


def test_a_lock_that_matches_passes(locked):
    result = locked.run("--promptevo-locked", "-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["order.promptevo.yaml::order?lock? PASSED*"])


def test_the_lock_is_a_test_beside_the_others(locked):
    locked.run("order.promptevo.yaml::order[lock]").assert_outcomes(passed=1)


IN_CI = {
    "the option": (("--promptevo-locked",), {}, ()),
    "the ini setting": ((), {}, ("promptevo_locked = true",)),
    "CI": ((), {"CI": "true"}, ()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_fails_the_locks_test_alone_and_is_named(locked, what):
    change, told = CHANGES[what]
    change(locked)
    calls = locked.calls
    result = locked.run("--promptevo-locked", "order.promptevo.yaml::order[lock]")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ order?lock? _*",
            f"promptevo.lock does not match order: {told}",
            "  hint: pytest order.promptevo.yaml --promptevo-update-lock accepts the change, "
            "pytest order.promptevo.yaml --evolve searches a better genome if it fails; or undo "
            "the change",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert locked.calls == calls


@pytest.mark.parametrize("way", IN_CI)
def test_a_change_lets_the_other_tests_run(locked, way):
    options, env, ini = IN_CI[way]
    locked.env(**env)
    locked.ini(*ini)
    locked.write("test_it.py", "def test_it(): pass\n")
    locked.change(threshold=0.7)
    result = locked.run(*options)
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["FAILED order.promptevo.yaml::order?lock? - promptevo.lock does*"])


@pytest.mark.parametrize(
    ("env", "ini"), [({}, ()), ({"CI": "false"}, ()), ({"CI": "true"}, ("promptevo_locked=false",))]
)
def test_without_the_check_a_change_is_expected_to_fail(locked, env, ini):
    locked.env(**env)
    locked.ini(*ini)
    locked.change(threshold=0.7)
    result = locked.run("-rx")
    result.assert_outcomes(passed=3, xfailed=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["XFAIL order.promptevo.yaml::order?lock? - promptevo.lock does not match order: the *"]
    )


def test_many_changed_examples_are_named_in_part(project):
    project.suite(count=9)
    project.accept()
    project.golden(count=9, wrong=tuple(range(8)))
    result = project.run("--promptevo-locked", "-k", "lock")
    result.stdout.fnmatch_lines(
        [
            "*: the golden examples (o-0 edited, o-1 edited, o-2 edited, o-3 edited, "
            "o-4 edited and 3 more) changed"
        ]
    )


def test_two_changes_are_both_named(locked):
    locked.change(threshold=0.7, genome={"instruction": VERBOSE})
    result = locked.run("--promptevo-locked")
    result.stdout.fnmatch_lines(["*: the shipped genome, the objectives or the threshold changed"])


@pytest.mark.parametrize(
    "harmless", [{"draft": True}, {"scorers": ["exact_match", "python:grading:right", "equals"]}]
)
def test_what_the_figures_do_not_depend_on_may_change(locked, harmless):
    locked.change(**harmless)
    locked.run("--promptevo-locked").assert_outcomes(passed=4)


def test_a_change_without_the_check_is_a_line_in_the_summary(locked):
    locked.change(threshold=0.7)
    result = locked.run()
    result.assert_outcomes(passed=3, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "order: the lock is out of date (the objectives or the threshold changed): "
            "--promptevo-update-lock accepts the change; --evolve=all searches a better *"
        ]
    )


def test_the_file_of_a_gguf_model_is_known_by_its_digest(project):
    model = project.write("x.gguf", "junk")
    project.suite(count=1)
    project.accept()
    project.change(models={"primary": "gguf:x.gguf"})
    lock = read_lock(project.lock)
    made = LockedModel(reference="gguf:x.gguf", digest=f"sha256:{file_sha256(model)}")
    entry = lock.entries["order"].model_copy(update={"models": {"primary": made}})
    write_lock(dataclasses.replace(lock).with_entry("order", entry))
    options = ("--promptevo-locked", "--promptevo-record=none", "-k", "lock")
    project.run(*options).assert_outcomes(passed=1, deselected=2)
    model.write_text("junk, but other junk")
    result = project.run(*options)
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["*: the weights of model 'primary' (gguf:x.gguf) changed"])


@pytest.mark.parametrize("way", ["the option", "the ini setting"])
def test_a_suite_without_an_entry_fails_where_all_must_have_one(project, way):
    options, _, ini = IN_CI[way]
    project.suite(count=1)
    project.ini(*ini)
    result = project.run(*options)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["order has no entry in promptevo.lock", "  hint: *--evolve*"])


def test_a_suite_without_an_entry_needs_none_in_ci(project):
    project.suite(count=1)
    project.env(CI="true")
    project.run("--promptevo-record=missing").assert_outcomes(passed=2)


@pytest.fixture
def two(project):
    """A lock with the suites ``first`` and ``sub/second``."""
    project.suite("second", count=1)
    sub = project.root / "sub"
    sub.mkdir()
    (project.root / "second.promptevo.yaml").rename(sub / "second.promptevo.yaml")
    (project.root / "golden").rename(sub / "golden")
    project.write("golden/shots.jsonl", (sub / "golden/shots.jsonl").read_text())
    project.suite("first", count=1)
    project.accept()
    assert project.locked_suites() == ["first", "second"]
    return project


GONE = ["promptevo.lock: no suite is left for: second", "  hint: *delete these entries*"]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_an_entry_whose_suite_is_gone_fails(two, processes):
    (two.root / "sub/second.promptevo.yaml").unlink()
    result = two.spawn("-p", "no:randomly", "--promptevo-locked", "-n", processes)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(GONE)
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_suite_that_was_renamed_is_named_as_well(two):
    edit(two, "sub/second.promptevo.yaml", "suite: second", "suite: other")
    result = two.run("--promptevo-locked")
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(GONE)
    result.stdout.fnmatch_lines(["other has no entry in promptevo.lock"])


def test_a_suite_that_is_only_left_out_of_the_run_is_not_gone(two):
    two.run("--promptevo-locked", "first.promptevo.yaml").assert_outcomes(passed=3)
    edit(two, "sub/second.promptevo.yaml", "suite: second\n", "")
    two.run("--promptevo-locked", "first.promptevo.yaml").assert_outcomes(passed=3)


def test_a_suite_file_that_pytest_does_not_look_for_is_gone(two):
    (two.root / "sub").rename(two.root / "build")
    result = two.run("--promptevo-locked")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(GONE)


def test_a_suite_file_that_is_broken_is_not_gone(two):
    two.write("sub/second.promptevo.yaml", "suite: [second")
    two.run("--promptevo-locked", "first.promptevo.yaml").assert_outcomes(passed=3)


def test_without_the_option_an_entry_too_many_is_no_error(two):
    (two.root / "sub/second.promptevo.yaml").unlink()
    two.run().assert_outcomes(passed=3)


def test_in_ci_an_entry_too_many_fails(two):
    (two.root / "sub/second.promptevo.yaml").unlink()
    two.env(CI="true")
    result = two.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(GONE)


@pytest.mark.parametrize("option", ["--evolve", "--promptevo-update-lock"])
def test_the_ini_setting_lets_a_run_write_the_lock(project, option):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, threshold=0.1)
    project.ini("promptevo_locked = true")
    project.run(option)
    assert project.lock.exists()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text[: len(text) // 2], "*promptevo.lock:*"),
        (lambda text: text.replace("# end of lock\n", ""), "*promptevo.lock:*truncated*"),
        (lambda text: text.replace("version: 2", "version: 9"), "*promptevo.lock:3: version 9*"),
        (
            lambda text: text.replace("max_tokens: 16", "max_tokens: 32"),
            "*promptevo.lock:*'order' was edited by hand*",
        ),
    ],
)
def test_a_damaged_lock_is_an_error_that_names_the_line(locked, damage, told):
    locked.lock.write_text(damage(locked.lock.read_text()))
    before = locked.lock.read_bytes()
    for options in ((), ("--evolve=all",), ("--promptevo-update-lock",)):
        result = locked.run(*options, "--continue-on-collection-errors")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines([told])
        result.stdout.no_fnmatch_line("*Traceback*")
    assert locked.lock.read_bytes() == before


def test_a_lock_in_conflict_is_an_error_until_it_is_accepted(locked):
    text = locked.lock.read_text()
    row = next(row for row in text.splitlines() if "max_tokens: 16" in row)
    other = row.replace("16", "32")
    conflict = f"<<<<<<< HEAD\n{row}\n=======\n{other}\n>>>>>>> other"
    locked.lock.write_text(text.replace(row, conflict))
    for options in ((), ("--evolve=all",)):
        result = locked.run(*options, "--continue-on-collection-errors")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*promptevo.lock:*: *merge*"])
    locked.run("--promptevo-update-lock").assert_outcomes(passed=4)
    assert locked.lock.read_text() == text
    locked.run("--promptevo-locked").assert_outcomes(passed=4)


def test_a_lock_fits_whatever_folder_is_pytests_rootdir(project):
    project.write("conftest.py", "")
    project.write(
        "prompts/conftest.py",
        "def pytest_promptevo_scorers(config):\n"
        "    return {'same': lambda: lambda output, example: output.text == example.expected}\n",
    )
    fake = (project.root / "fake.py").read_text()
    (project.root / "fake.py").unlink()
    project.write("prompts/answers.py", fake)
    suite = project.suite(count=3, models={"primary": "scripted:answers:answer"}, scorers=["same"])
    for path in (suite, project.root / "golden"):
        path.rename(project.root / "prompts" / path.name)
    below = project.root / "prompts"
    (project.root / "conftest.py").unlink()

    def run(folder, *options, **env):
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--rootdir={folder}", str(below), *options],
            cwd=folder,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )

    for made_in, read_in in ((below, project.root), (project.root, below)):
        for name in ("promptevo.lock", "prompts/promptevo.lock"):
            (project.root / name).unlink(missing_ok=True)
        (below / "promptevo.lock").write_text("version: 2\nsuites:\n  {}\n# end of lock\n")
        assert run(made_in, "--promptevo-update-lock").returncode == 0
        done = run(read_in, CI="true")
        assert (done.returncode, "does not match" in done.stdout) == (0, False), done.stdout
