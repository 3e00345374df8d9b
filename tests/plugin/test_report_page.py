"""``--promptevo-report``: written when asked for, with -n, too; else nothing of it is there."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.improve.search_record import read_record
from pytest_promptevo.page import extra

from .project import ENOUGH, TERSE, VERBOSE, section

if TYPE_CHECKING:
    from pathlib import Path

CONFTEST = """
import sys

def pytest_unconfigure(config):
    for name in sorted(sys.modules):
        if name.startswith(("pytest_promptevo.page", "jinja2", "vl_convert")):
            print("imported", name)
"""

NEEDED = ("-p", "no:randomly")


def words_of(path: Path) -> str:
    """Returns what a page says, but for styles, pictures and when it was written."""
    html = path.read_text("utf-8")
    for part in (r"<style>.*?</style>", r"<svg.*?</svg>", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"):
        html = re.sub(part, "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_page_is_written_and_told(project):
    project.suite(genome={"instruction": VERBOSE})
    result = project.run("--promptevo-report=page.html")
    result.stdout.fnmatch_lines(["promptevo: report: page.html (* kB)"])
    words = words_of(project.root / "page.html")
    assert "1 suite: 1 failing (order). 0 of 6 examples pass." in words
    assert "The order number is 1000." in words
    assert "fails fitness" in words


def test_what_a_search_did_is_on_the_page_of_its_run(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    result = project.run("--evolve", "--promptevo-report=page.html")
    assert result.ret == 0
    record = read_record(project.root / ".promptevo" / "order.search.json")
    assert record is not None
    assert record.accepted
    assert record.tried[record.found].genome["instruction"] == TERSE
    words = words_of(project.root / "page.html")
    assert "Fitness over the search" in words
    assert "What mattered in the search" in words
    assert f"{VERBOSE} before" in words
    assert f"before 0/{ENOUGH} locked {ENOUGH}/{ENOUGH}" in words
    assert "answer, with what changed The order number is 1000 ." in words


def test_a_later_run_shows_the_same_search_and_what_was_answered_before(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.run("--evolve", "--promptevo-report=first.html")
    asked = project.calls
    project.run("--promptevo-report=second.html")
    assert words_of(project.root / "first.html") == words_of(project.root / "second.html")
    assert project.calls == asked


def test_workers_make_the_page_that_one_process_makes(project):
    pytest.importorskip("xdist")
    project.suite("one", count=10, genome={"instruction": VERBOSE})
    project.suite("two", count=10, genome={"instruction": TERSE})
    project.spawn(*NEEDED, "--promptevo-report=alone.html")
    result = project.spawn(*NEEDED, "-n4", "--promptevo-report=together.html")
    told = [line for line in result.outlines if "report: " in line]
    assert told == ["promptevo: report: together.html (" + told[0].partition("(")[2]]
    assert words_of(project.root / "alone.html") == words_of(project.root / "together.html")
    assert "10 of 20 examples pass" in words_of(project.root / "alone.html")


def test_a_part_of_a_suite_is_shown_as_a_part(project):
    project.suite()
    project.run("-k", "o-1", "--promptevo-report=page.html")
    words = words_of(project.root / "page.html")
    assert "1 suite: 1 not judged. 1 of 1 example pass." in words


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_test_that_fails_beside_examples_and_gate_is_told(project, options):
    project.suite()
    project.accept()
    with project.recordings.joinpath("order.jsonl").open("a") as file:
        file.write("\n")
    project.env(CI="true")
    result = project.run("--promptevo-report=page.html", *options)
    result.assert_outcomes(passed=7, failed=1)
    words = words_of(project.root / "page.html")
    assert "1 passing. 6 of 6 examples pass. 1 other test failed." in words
    told = "fails order.promptevo.yaml::order[lock]: promptevo_recordings/order.jsonl is not the"
    assert words.count(told) == 1
    assert "lock the committed recordings are not those of its lock entry" in words


BROKEN = """
import os

def broken(request):
    if "1007" in request.messages[-1].content:
        {what}
    return "none"
"""


def _told_as_failed(path: Path) -> list[str]:
    html = path.read_text("utf-8")
    return re.findall(r'<b>fails</b> <span class="foreign">(order[^<]*)</span></p>', html)


def test_an_error_of_a_draft_fails_and_is_told(project):
    project.write("ill.py", BROKEN.format(what='raise RuntimeError("ill")'))
    project.suite(draft=True, models={"primary": "scripted:ill:broken"})
    result = project.run("--promptevo-report=page.html")
    result.assert_outcomes(xfailed=5, failed=2)
    words = words_of(project.root / "page.html")
    assert "1 suite: 1 draft. 0 of 5 examples pass. 2 other tests failed." in words
    example, gate = _told_as_failed(project.root / "page.html")
    assert example.startswith("order.promptevo.yaml::order[o-1]: scripted:ill:broken failed")
    assert gate.startswith("order.promptevo.yaml::order[fitness]: cannot judge order")


def test_a_test_that_ended_its_worker_is_told(project):
    pytest.importorskip("xdist")
    project.write("ill.py", BROKEN.format(what="os._exit(3)"))
    project.suite(models={"primary": "scripted:ill:broken"})
    project.spawn(*NEEDED, "-n1", "-k", "o-1", "--promptevo-report=page.html")
    words = words_of(project.root / "page.html")
    assert "1 other test failed." in words
    (told,) = _told_as_failed(project.root / "page.html")
    assert told.startswith("order.promptevo.yaml::order[o-1]: worker ")


def test_a_gate_that_stays_failed_is_told(project):
    project.suite(genome={"instruction": VERBOSE})
    project.run()
    project.suite()
    result = project.run("-k", "o-1 or fitness", "--promptevo-report=page.html")
    result.assert_outcomes(passed=1, failed=1)
    words = words_of(project.root / "page.html")
    assert "1 suite: 1 not judged. 1 of 1 example pass. 1 other test failed." in words
    (told,) = _told_as_failed(project.root / "page.html")
    assert "stays failed until all is judged" in told


def test_a_lock_that_cannot_be_read_is_told(project):
    project.suite("order")
    project.write("promptevo.lock", "version: 99\n")
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 1
    words = words_of(project.root / "page.html")
    assert "0 suites: none was judged. 1 other test failed." in words
    assert "fails order.promptevo.yaml::order[lock]: promptevo.lock:1" in words


def test_an_example_without_an_answer_says_why(project):
    project.suite()
    project.env(CI="true")
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 1
    words = words_of(project.root / "page.html")
    assert "not judged 6 examples: o-0, o-1, o-2, o-3, o-4, o-5" in words
    assert "no recording: missing" in words


def test_a_scorer_that_fails_beside_the_tests_fails_none_of_them(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, scorers=["picky"])
    project.write(
        "conftest.py",
        "def picky():\n"
        "    def score(output, example):\n"
        "        import pathlib\n"
        "        if output.text.startswith('The') and pathlib.Path('angry').exists():\n"
        "            raise RuntimeError('angry')\n"
        "        return output.text == example.expected\n"
        "    return score\n\n"
        "def pytest_promptevo_scorers(config):\n"
        "    return {'picky': picky}\n",
    )
    project.run("--evolve", "-q")
    project.write("angry", "")
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 0
    words = words_of(project.root / "page.html")
    assert f"1 passing. {ENOUGH} of {ENOUGH} examples pass" in words
    assert "before 0/30" in words  # of the search's record; the store's answers cannot be judged


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("page.txt", "the report is a page of HTML: page.txt must end in .html"),
        ("no/page.html", "no/page.html: there is no folder no to write it to"),
        ("golden.html", "golden.html is a folder: name a file for the report"),
        ("", "the report is a page of HTML: . must end in .html"),
        (f"{'x' * 300}.html", f"{'x' * 300}.html: cannot be written: "),
    ],
)
def test_a_page_that_could_not_be_written_ends_the_run_before_it_begins(project, path, problem):
    project.suite()
    (project.root / "golden.html").mkdir()
    result = project.run(f"--promptevo-report={path}")
    assert result.ret == 4
    assert f"ERROR: --promptevo-report: {problem}" in str(result.stderr).replace("\\", "/")
    assert project.calls == 0


def test_without_the_extra_the_error_says_what_installs_it(project, monkeypatch):
    project.suite()
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == "vl_convert" else name)
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 4
    assert str(result.stderr).strip() == (
        "ERROR: --promptevo-report: the report needs vl-convert-python, which the extra brings: "
        "pip install 'pytest-promptevo[report]'"
    )


def test_a_link_out_of_its_folder_is_not_written_through(project, tmp_path_factory):
    project.suite()
    outside = tmp_path_factory.mktemp("outside") / "page.html"
    outside.write_text("mine")
    try:
        (project.root / "page.html").symlink_to(outside)
    except OSError:
        pytest.skip("no links here")
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 4
    assert outside.read_text() == "mine"
    result.stderr.fnmatch_lines(["*page.html: cannot be written: it is a link out of*"])


def test_a_page_of_somebody_else_is_not_overwritten(project):
    project.suite()
    project.write("page.html", "<!doctype html><title>Our company</title>")
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*page.html is there already and no report of promptevo: name *"])
    assert project.calls == 0
    assert "Our company" in (project.root / "page.html").read_text("utf-8")
    project.write("page.html", "")
    for _ in range(2):  # an empty file, then a page of ours
        result = project.run("--promptevo-report=page.html")
        result.stdout.fnmatch_lines(["promptevo: report: page.html (* kB)"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_target(project):
    project.suite()
    os.mkfifo(project.root / "page.html")
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*page.html: cannot be written: it is not a regular file"])


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_suite_that_cannot_be_loaded_is_told(project, workers):
    if workers:
        pytest.importorskip("xdist")
    project.suite()
    project.write("broken.promptevo.yaml", "suite: broken\ngolden: <b>nowhere.jsonl\n")
    options = ("--continue-on-collection-errors", "--promptevo-report=page.html")
    project.spawn(*NEEDED, *workers, *options)
    words = words_of(project.root / "page.html")
    assert words.count("not shown broken.promptevo.yaml:1: models: is missing") == 1
    assert "1 suite: 1 failing" in words or "1 suite: 1 passing" in words


def test_a_list_of_tests_writes_no_page(project):
    project.suite()
    project.run("--co", "--promptevo-report=page.html")
    assert not (project.root / "page.html").exists()


def test_a_run_without_suites_writes_no_page_and_says_so(project):
    project.write("test_own.py", "def test_own(): pass")
    result = project.run("--promptevo-report=page.html")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["promptevo: report: no suite was tested, so there is no page"])
    assert not (project.root / "page.html").exists()


def test_nothing_of_the_page_is_imported_that_nobody_asked_for(project):
    project.suite()
    project.write("conftest.py", CONFTEST)
    result = project.spawn("-s", *NEEDED)
    assert section(result)
    assert [line for line in result.outlines if line.startswith("imported")] == []


def test_a_candidate_has_a_column(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.run("--evolve", "--promptevo-candidates=1", "--promptevo-report=page.html")
    candidates = project.entry().get("candidates", [])
    words = words_of(project.root / "page.html")
    assert ("candidate-1" in words) == bool(candidates)


def test_a_failing_lock_and_regressions_are_on_the_page_as_in_the_run(project):
    project.suite(count=4, genome={"instruction": TERSE})
    project.accept()
    with (project.recordings / "order.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")
    project.env(CI="true")
    result = project.run("--promptevo-report=page.html")
    result.assert_outcomes(passed=5, failed=1)
    words = words_of(project.root / "page.html")
    assert "1 suite: 1 passing. 4 of 4 examples pass. 1 other test failed." in words
    assert "order[lock]: promptevo_recordings/order.jsonl is not the file with which" in words


def test_examples_that_fail_make_a_suite_fail_whose_gate_passes(project):
    project.suite(count=4, genome={"instruction": VERBOSE}, threshold=-1, objectives={})
    result = project.run("--promptevo-report=page.html")
    result.assert_outcomes(passed=1, failed=4)
    words = words_of(project.root / "page.html")
    assert "1 suite: 1 failing (order). 0 of 4 examples pass." in words
    assert "✓ pass" in words


def test_a_draft_is_called_a_draft_as_nothing_of_it_can_fail(project):
    project.suite(count=4, genome={"instruction": VERBOSE}, draft=True)
    assert project.run("--promptevo-report=page.html").ret == 0
    words = words_of(project.root / "page.html")
    assert "1 suite: 1 draft. 0 of 4 examples pass." in words
    assert "draft a draft without a lock entry: whatever it scores, it cannot fail" in words


def test_suites_that_cannot_be_loaded_are_named_on_the_page(project):
    project.suite("good", count=2)
    project.write("broken.promptevo.yaml", "golden: 7\n")
    project.write("below/promptevo.lock", "version: [\n")
    project.write(
        "below/other.promptevo.yaml",
        'golden: [{inputs: {message: "order 1"}, expected: "1"}]\n'
        "models: {primary: scripted:fake:answer}\nprompt: '{{message}}'\n"
        "scorers: [exact_match]\nthreshold: 0\n",
    )
    project.run("--promptevo-report=page.html", "--continue-on-collection-errors")
    words = words_of(project.root / "page.html")
    assert "not shown broken.promptevo.yaml:1: " in words
    assert "below/promptevo.lock:2: not valid YAML" in words
    assert "1 suite: 1 passing" in words


def test_what_the_terminal_says_of_a_suite_the_page_says(project):
    project.suite(count=4, genome={"instruction": TERSE, "temperature": 0.5}, repeats=2)
    result = project.run("--promptevo-report=page.html")
    told = [each for each in section(result) if each.startswith("order: ")]
    assert any("each example was drawn 2 times" in each for each in told)
    words = words_of(project.root / "page.html")
    for each in told:
        assert each.removeprefix("order: ").removeprefix("next: ") in words


def test_a_run_whose_page_cannot_be_written_ends_red(project):
    project.suite()
    (project.root / "out").mkdir()
    project.write(
        "conftest.py",
        "import pathlib\n"
        "def pytest_runtestloop():\n"
        "    folder = pathlib.Path('out')\n"
        "    folder.rmdir()\n"
        "    folder.write_text('a file')\n",
    )
    result = project.spawn("--promptevo-report=out/page.html")
    assert result.parseoutcomes().get("failed", 0) == 0
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["promptevo: report: cannot be written: *out/page.html"])
