"""Code that verdicts depend on is part of the lock: scorers, targets and scripted models."""

from __future__ import annotations

import os
import sys

import pytest

from .test_scorers import install

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


PARTIAL = """
import functools
from pytest_promptevo.scorers.fields import numeric

def pytest_promptevo_scorers(config):
    return {"near": functools.partial(numeric, abs_tol=0.5)}
"""
CLOSURE = """
from layers import within

def pytest_promptevo_scorers(config):
    return {"near": within(0.5)}
"""
WRAPPED = """
import functools
from pytest_promptevo.scorers.fields import numeric

@functools.wraps(numeric)
def near(**options):
    return numeric(abs_tol=0.5)

def pytest_promptevo_scorers(config):
    return {"near": near}
"""
REGISTERED = """
from layers import Offer

def pytest_configure(config):
    config.pluginmanager.register(Offer(0.5))
"""
LAYERS = """
from pytest_promptevo.scorers.fields import numeric

def within(tolerance):
    return lambda: numeric(abs_tol=tolerance)

class Offer:
    def __init__(self, tolerance):
        self.tolerance = tolerance

    def pytest_promptevo_scorers(self, config):
        return {"near": within(self.tolerance)}
"""


@pytest.mark.parametrize("loads", ['pytest_plugins = ["offer"]', "from offer import *"])
@pytest.mark.parametrize("offer", [PARTIAL, CLOSURE, WRAPPED, REGISTERED])
def test_the_module_that_offers_a_scorer_counts(project, offer, loads):
    project.write("layers.py", LAYERS)
    project.write("offer.py", offer)
    project.write("conftest.py", f"{loads}\n")
    project.suite(count=2, scorers=["near"], search=None)
    project.env(PYTHONPATH=os.pathsep.join([str(project.root), os.environ.get("PYTHONPATH", "")]))
    project.spawn("--promptevo-update-lock")
    assert {"conftest.py", "offer.py"} <= project.entry()["code"].keys()
    assert project.spawn("--promptevo-locked").ret == pytest.ExitCode.OK
    project.write("offer.py", offer.replace("0.5", "500"))
    result = project.spawn("--promptevo-locked")
    result.stdout.fnmatch_lines(["*the code of scorers or target (offer.py) changed*"])


def test_the_module_of_the_project_that_is_installed_and_offers_a_scorer_counts(
    project, monkeypatch
):
    install(project, monkeypatch)
    project.suite(count=2, scorers=["first_letter"])
    project.accept()
    assert [*project.entry()["code"]] == ["site/offers.py"]
