"""Code that verdicts depend on is part of the lock: scorers, targets and scripted models."""

from __future__ import annotations

import sys

import pytest

SCORER = """
from rules.strict import same

def right(output, example):
    return same(output.text, example.expected)
"""
STRICT = """
def same(text, expected):
    from .words import plain
    return plain(text) == plain(expected)
"""
WORDS = "def plain(text):\n    return text.strip()\n"
CONFTEST = """
import scorers

def pytest_promptevo_scorers(config):
    return {"equals": lambda: scorers.right}
"""
TARGET = """
import phrases

def reply(inputs, genome, ask):
    return ask([{"role": "user", "content": phrases.HEAD + inputs["message"]}])
"""
MODEL = """
import re
from phrases import LEAD

def answer(request):
    return LEAD + re.search("[0-9]{4}", request.messages[-1].content)[0]
"""
LOOSER = "def plain(text):\n    return ''\n"


@pytest.fixture
def coded(project):
    """Writes the modules; what is edited between two runs is imported anew."""
    for name, text in {
        "scorers.py": SCORER,
        "rules/__init__.py": "",
        "rules/strict.py": STRICT,
        "rules/words.py": WORDS,
        "phrases.py": "LEAD = ''\nHEAD = 'nothing else: '\n",
        "desk.py": TARGET,
        "shop.py": MODEL,
        "unrelated.py": "",
    }.items():
        project.write(name, text)
    return project


def is_stale(project):
    for name in ("scorers", "rules", "rules.strict", "rules.words", "phrases", "desk", "shop"):
        sys.modules.pop(name, None)
    result = project.run("--promptevo-locked")
    told = [line for line in result.outlines if " does not match order: " in line]
    assert bool(told) == (result.ret != pytest.ExitCode.OK)
    return told[0].partition(": ")[2] if told else ""


@pytest.mark.parametrize("file", ["rules/words.py", "rules/strict.py", "rules/__init__.py"])
@pytest.mark.parametrize("scorer", ["python:scorers:right", "equals"])
def test_a_module_that_a_scorer_imports_makes_the_lock_stale(coded, scorer, file):
    coded.write("conftest.py", CONFTEST)
    coded.suite(count=2, scorers=[scorer])
    coded.accept()
    assert not is_stale(coded)
    path = coded.root / file
    path.write_text(path.read_text() + "\n\nCHANGED = 1\n")
    assert f"the code of scorers or target ({file}) changed" in is_stale(coded)


def test_a_helper_that_lets_everything_pass_is_noticed(coded):
    coded.suite(count=2, scorers=["python:scorers:right"], pass_mark=0.5)
    coded.accept()
    coded.write("rules/words.py", LOOSER)
    assert is_stale(coded)


def test_the_conftest_that_offers_a_scorer_counts(coded):
    coded.write("conftest.py", CONFTEST)
    coded.suite(count=2, scorers=["equals"])
    coded.accept()
    coded.write("conftest.py", CONFTEST.replace("scorers.right", "(lambda output, example: 1)"))
    assert is_stale(coded)


def test_a_module_that_a_target_imports_makes_the_lock_stale(coded):
    coded.suite(count=2, prompt=None, target="desk:reply", search=None, scorer_check=False)
    coded.accept()
    assert not is_stale(coded)
    coded.write("phrases.py", "HEAD = 'please, nothing else: '\n")
    assert "the code of scorers or target (phrases.py) changed" in is_stale(coded)


def test_a_module_that_a_scripted_model_imports_makes_the_lock_stale(coded):
    coded.suite(count=2, models={"primary": "scripted:shop:answer"})
    coded.accept()
    assert not is_stale(coded)
    coded.write("phrases.py", "LEAD = 'It is '\n")
    assert is_stale(coded)


def test_other_modules_and_ends_of_lines_change_nothing(coded):
    coded.suite(count=2, scorers=["python:scorers:right"])
    coded.accept()
    coded.write("unrelated.py", "x = 1\n")
    (coded.root / "rules/words.py").write_bytes(WORDS.replace("\n", "\r\n").encode())
    assert not is_stale(coded)


def test_the_older_name_of_a_scorer_is_the_same_scorer(coded):
    coded.suite(count=2, scorers=[{"json_schema": {"ignore_case": True}}])
    coded.accept()
    coded.change(scorers=[{"fields": {"ignore_case": True}}])
    assert not is_stale(coded)
    coded.change(scorers=[{"fields": {"ignore_case": False}}])
    assert is_stale(coded)
