"""``promptevo report``: the page of a run, made without one and without a model."""

from __future__ import annotations

import re
import sys

import pytest

from pytest_promptevo.commands.main import DONE, FAILED, WRONG, main
from pytest_promptevo.page import extra

from .project import ENOUGH, VERBOSE
from .test_report_page import words_of

SCORERS = """
def same():
    return lambda output, example: output.text == example.expected

def pytest_promptevo_scorers(config):
    return {"same": same}
"""


@pytest.fixture
def report(project, monkeypatch, capsys):
    """Returns what runs the command in the project, and returns exit code and output."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.chdir(project.root)
        monkeypatch.setattr(sys, "path", [*sys.path])
        capsys.readouterr()
        code = main(("report", *arguments))
        return code, "".join(capsys.readouterr())

    yield run
    sys.modules.pop("fake", None)


def test_the_page_is_that_of_a_run(project, report):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.run("--evolve", "--promptevo-report=run.html")
    asked = project.calls
    code, text = report("--output", "page.html")
    assert (code, text[:18]) == (DONE, "report: page.html ")
    assert words_of(project.root / "page.html") == words_of(project.root / "run.html")
    assert project.calls == asked


def test_answers_that_are_not_committed_are_taken_from_the_store(project, report):
    project.suite(genome={"instruction": VERBOSE})
    project.run()
    asked = project.calls
    code, _ = report()
    assert code == DONE
    words = words_of(project.root / "promptevo-report.html")
    assert "1 suite: 1 failing (order). 0 of 6 examples pass." in words
    assert "The order number is 1000." in words
    assert project.calls == asked


def test_what_was_never_asked_is_shown_as_missing(project, report):
    project.suite()
    code, _ = report()
    assert code == DONE
    words = words_of(project.root / "promptevo-report.html")
    assert "1 suite: 1 not judged." in words
    assert "not judged 6 examples: o-0, o-1, o-2, o-3, o-4, o-5" in words
    assert project.calls == 0


def test_suites_can_be_chosen(project, report):
    project.suite("one")
    project.suite("two")
    project.accept()
    assert report("two")[0] == DONE
    assert "1 suite: 1 passing" in words_of(project.root / "promptevo-report.html")
    code, text = report("tow")
    assert code == WRONG
    assert "no suite 'tow' below" in text
    assert "did you mean 'two'?" in text


def test_a_suite_whose_scorers_pytest_alone_finds_is_told_and_the_others_are_shown(project, report):
    project.write("conftest.py", SCORERS)
    project.suite("mine", scorers=["same"])
    project.suite("theirs")
    project.accept()
    code, text = report()
    assert code == FAILED
    (told,) = re.findall(r"^promptevo: warning: mine\.promptevo\.yaml:\d+: (.*\n.*)", text, re.M)
    assert told == (
        "unknown scorer 'same'\n  hint: if conftest.py offers it, which only pytest loads: "
        "pytest --promptevo-report=FILE"
    )
    assert text.count("warning") == 1
    words = words_of(project.root / "promptevo-report.html")
    assert "not shown mine.promptevo.yaml:" in words
    assert "1 suite: 1 passing" in words


def test_a_misspelled_scorer_is_told_as_that_where_a_conftest_offers_others(project, report):
    project.write("conftest.py", SCORERS)
    project.suite("mine", scorers=["exact_mach"])
    assert "unknown scorer 'exact_mach': did you mean 'exact_match'?\n" in report()[1]


def test_a_scorer_that_no_conftest_offers_is_unknown(project, report):
    project.write("conftest.py", "import pytest\n")
    project.suite("mine", scorers=["exact_mach"])
    code, text = report()
    assert code == FAILED
    assert "unknown scorer 'exact_mach': did you mean 'exact_match'?" in text
    assert "pytest --promptevo-report" not in text


def test_a_lock_that_cannot_be_read_is_told(project, report):
    project.suite()
    project.write("promptevo.lock", "version: 99\n")
    code, text = report()
    assert code == FAILED
    assert "promptevo: warning: promptevo.lock:1" in text


def test_without_the_extra_the_error_says_what_installs_it(project, report, monkeypatch):
    project.suite()
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == "jinja2" else name)
    code, text = report()
    assert code == WRONG
    assert text.endswith(
        "needs Jinja2, which the extra brings: pip install 'pytest-promptevo[report]'\n"
    )


def test_a_folder_that_is_none_is_told(project, report):
    assert report("--root", "nowhere")[0] == WRONG
    code, text = report("--output", "nowhere/page.html")
    assert code == WRONG
    assert "there is no folder nowhere to write it to" in text
