from __future__ import annotations

import sys

import pytest

CONFTEST = """
def {name}(*, value=1.0):
    def score(output, example):
        return value
    return score

def pytest_promptevo_scorers(config):
    return {{"{name}": {name}}}
"""
PACKAGE = """
from pytest_promptevo.scorers.hookspecs import hookimpl

def first_letter(*, letter="1"):
    def score(output, example):
        return output.text.startswith(letter)
    return score

@hookimpl
def promptevo_scorers():
    return {"first_letter": first_letter}
"""


def install(project, monkeypatch, module="offers"):
    """Puts a package with an entry point on the path, as an installer would."""
    site = project.root / "site"
    project.write(f"site/{module}.py", PACKAGE)
    info = f"site/{module}-1.0.dist-info"
    project.write(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    project.write(f"{info}/entry_points.txt", f"[promptevo]\n{module} = {module}\n")
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])


def test_conftest_offers_scorers_with_options(project):
    project.write("conftest.py", CONFTEST.format(name="fixed"))
    project.suite(
        count=2,
        scorers=[{"fixed": {"value": 0.25}}],
        pass_mark=0.2,
        threshold=0.2,
        scorer_check=False,
    )
    result = project.run()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["order * 0.250 *"])


def test_conftest_of_a_folder_offers_scorers_to_the_suites_below_it(project):
    project.suite("above", count=1)
    project.suite("below", count=1, scorers=["fixed"], scorer_check=False)
    folder = project.root / "inner"
    folder.mkdir()
    (project.root / "below.promptevo.yaml").rename(folder / "below.promptevo.yaml")
    (project.root / "golden").rename(folder / "golden")
    project.change("above", golden="inner/golden/above.jsonl", search=None)
    project.write("inner/conftest.py", CONFTEST.format(name="fixed"))
    project.run().assert_outcomes(passed=4)


def test_a_scorer_of_a_folder_is_unknown_outside_it(project):
    project.write("inner/conftest.py", CONFTEST.format(name="fixed"))
    project.write("inner/test_it.py", "def test_it(): pass\n")
    project.suite(count=1, scorers=["fixed"])
    result = project.run("inner", "order.promptevo.yaml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown scorer 'fixed'*"])


def test_an_installed_package_offers_scorers(project, monkeypatch):
    install(project, monkeypatch)
    project.suite(count=2, scorers=["first_letter"])
    project.run().assert_outcomes(passed=3)


def test_two_offers_of_one_name_are_an_error(project, monkeypatch):
    install(project, monkeypatch)
    project.write("conftest.py", CONFTEST.format(name="first_letter"))
    project.suite(count=1)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*two plugins offer a scorer named 'first_letter'*"])


def test_conftest_may_replace_a_built_in_scorer(project):
    project.write("conftest.py", CONFTEST.format(name="exact_match"))
    project.suite(count=1, scorer_check=False)
    project.golden(count=1, wrong=(0,))
    result = project.run()
    result.assert_outcomes(passed=2)
    told = "the built-in scorer 'exact_match' is replaced by the one of conftest"
    assert result.outlines.count(f"promptevo: {told}") == 1


def test_a_built_in_scorer_that_the_suite_does_not_use_may_be_replaced_in_silence(project):
    project.write("conftest.py", CONFTEST.format(name="numeric"))
    project.suite(count=1)
    project.run().stdout.no_fnmatch_line("*is replaced*")


def test_an_installed_package_that_is_broken_costs_its_own_scorers_alone(project, monkeypatch):
    install(project, monkeypatch)
    project.write("site/offers.py", "import no_such_library\n")
    project.suite("uses", count=1, scorers=["first_letter"])
    project.suite("other", count=1)
    result = project.run("--continue-on-collection-errors")
    result.assert_outcomes(passed=2, errors=1)
    told = (
        "the scorers of offers cannot be had (entry point offers = offers): "
        "ModuleNotFoundError: No module named 'no_such_library'"
    )
    assert result.outlines.count(f"promptevo: {told}") == 1
    result.stdout.fnmatch_lines(
        [f"uses.promptevo.yaml:*: unknown scorer 'first_letter': *; {told}"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("scorers", "told"),
    [
        (["fixd"], "*order.promptevo.yaml:*unknown scorer 'fixd': did you mean 'fixed'*"),
        (
            [{"fixed": {"valeu": 1}}],
            "*order.promptevo.yaml:*options of fixed: unknown option 'valeu': did you mean "
            "'value'?",
        ),
        (
            ["python:conftest:fixed"],
            "*: scorer python:conftest:fixed: fixed([*], value=1.0) of conftest.py:2 cannot be "
            "called with an output and an example (too many positional arguments); *",
        ),
        (["python:nowhere:f"], "*order.promptevo.yaml:*cannot import 'python:nowhere:f'*"),
    ],
)
def test_a_scorer_that_cannot_be_had_is_an_error_with_the_line(project, scorers, told):
    project.write("conftest.py", CONFTEST.format(name="fixed"))
    project.suite(count=1, scorers=scorers)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert project.calls == 0


def test_a_scorer_in_place_of_what_makes_it_is_an_error_with_the_line(project):
    project.write(
        "conftest.py",
        "def mine(output, example):\n    return True\n\n"
        "def pytest_promptevo_scorers(config):\n    return {'mine': mine}\n",
    )
    project.suite(count=1, scorers=["mine"])
    project.run().stdout.fnmatch_lines(
        [
            "*order.promptevo.yaml:*: options of mine: 'output' and 'example' are missing: "
            "mine(output, example) of conftest.py:1 is called with the suite's options alone and "
            "must return the scorer, a function (output, example): put it into another function, "
            "def make_mine(): return mine, and offer that"
        ]
    )


def test_a_hook_that_returns_something_else_is_an_error(project):
    project.write("conftest.py", "def pytest_promptevo_scorers(config):\n    return 3\n")
    project.suite(count=1)
    result = project.run()
    result.stdout.fnmatch_lines(
        [
            "*a scorer hook must return a mapping, not 3*",
            "*hint: pytest_promptevo_scorers is implemented in conftest.py",
        ]
    )


def test_a_scorer_that_raises_shows_its_own_frames_alone(project):
    project.write(
        "grading.py",
        "def look(data):\n    return data['colour']\n\n"
        "def broken(output, example):\n    return look({})\n",
    )
    project.suite(count=1, scorers=["python:grading:broken"])
    result = project.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "order.promptevo.yaml: a scorer failed on example 'o-0': KeyError: 'colour'",
            "Traceback (most recent call last):",
            '  File "*grading.py", line 5, in broken',
            "    return look({})",
            '  File "*grading.py", line 2, in look',
            "KeyError: 'colour'",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_promptevo*")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise KeyError(example.id)", "KeyError: 'o-0'"),
        ("return len(example.id)", "*o-0': scorer python:grading:broken returned 3 (type int), *"),
    ],
)
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_scorer_that_fails_on_each_recorded_answer_is_told_once(project, line, told, workers):
    project.write("grading.py", "def broken(output, example):\n    return True\n")
    project.suite(count=21, scorers=["python:grading:broken"], scorer_check=False)
    project.accept()
    project.write("grading.py", f"def broken(output, example):\n    {line}\n")
    result = project.run("--promptevo-record=none", *workers)
    result.assert_outcomes(failed=22, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ order: 21 examples on which a scorer fails _*",
            told,
            "the same for o-0, o-1, o-10, o-11 and 17 more",
        ]
    )
    assert sum("scorer failed on example" in line for line in result.outlines) <= 3
    shown = project.run("--promptevo-record=none", "-v").outlines
    assert sum("a scorer failed on example" in line for line in shown) > 20


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("1.5", "1.5 (type float)"),
        ("float('nan')", "nan (type float)"),
        ("-1", "-1 (type int)"),
        ("'much'", "'much' (type str)"),
        ("'0.5'", "'0.5' (type str)"),
        ("None", "None (type NoneType)"),
        ("(2, 'far too good')", "(2, 'far too good') (type tuple)"),
        ("(1, 0, 0)", "(1, 0, 0) (type tuple)"),
        ("(0.5, ['why'])", "(0.5, ?'why'?) (type tuple)"),
        ("'x' * 500", "'xxx*... (type str)"),
    ],
)
def test_a_scorer_that_returns_no_quality_is_a_short_message(project, value, told):
    project.write("grading.py", f"def odd(output, example):\n    return {value}\n")
    project.suite(count=1, scorers=["python:grading:odd"])
    result = project.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "order.promptevo.yaml: a scorer failed on example 'o-0': scorer python:grading:odd "
            f"returned {told}, not a number from 0 to 1: return a bool, *",
            "  the scorer is odd(output, example) of *grading.py:1",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("verdict", ["Judged(0.5, 'not polite')", "(0.5, 'not polite')"])
def test_a_reason_of_a_scorer_stands_in_the_failure(project, verdict):
    project.write(
        "grading.py",
        "from pytest_promptevo.scorers import Judged\n"
        f"def polite(output, example):\n    return {verdict}\n",
    )
    project.suite(count=1, scorers=["python:grading:polite"])
    project.run().stdout.fnmatch_lines(["order?o-0?: quality 0.5, needs 1", "*why: *not polite"])


def test_a_scorer_without_a_reason_leaves_no_blank_line(project):
    project.write("grading.py", "def half(output, example):\n    return 0.25\n")
    project.suite(count=1, scorers=["python:grading:half"])
    project.run().stdout.fnmatch_lines(["*why: *scorer python:grading:half gave 0.25"])


@pytest.mark.parametrize("options", [(), ("--promptevo-update-lock",), ("--evolve",)])
def test_a_broken_scorer_ends_its_suite_with_the_first_answers(project, options):
    project.write("grading.py", "def broken(output, example):\n    return output.colour\n")
    project.suite(count=40, scorers=["python:grading:broken"], scorer_check=False)
    project.env(MODEL_PAUSE="0.02")
    result = project.run(*options)
    assert 1 <= project.calls <= 8  # those in flight when the first scorer failed
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*order.promptevo.yaml: a scorer failed on example 'o-?': AttributeError: *colour*"]
    )


def test_a_broken_scorer_is_told_once_with_its_frames(project):
    project.write("grading.py", "def broken(output, example):\n    return output.colour\n")
    project.suite(count=40, scorers=["python:grading:broken"])
    project.env(MODEL_PAUSE="0.02")
    result = project.run()
    assert str(result.stdout).count('grading.py", line 2, in broken') <= 8
    result.stdout.fnmatch_lines(
        [
            "*order: * examples without an answer*",
            "order.promptevo.yaml: not asked: a scorer failed on example 'o-?': *",
        ]
    )


def test_a_replay_judges_every_answer_whatever_a_scorer_did_before(project):
    project.write("grading.py", "def right(output, example):\n    return True\n")
    project.suite(count=6, scorers=["python:grading:right"], scorer_check=False)
    project.accept()
    project.write(
        "grading.py",
        "def right(output, example):\n    return output.colour if example.id == 'o-0' else True\n",
    )
    result = project.run("--promptevo-record=none", "-rA")
    result.stdout.fnmatch_lines(["*a scorer failed on example 'o-0': AttributeError: *"])
    assert "PASSED order.promptevo.yaml::order[o-5]" in result.outlines


@pytest.mark.parametrize(
    "code",
    [
        "class E(ValueError):\n    def __str__(self): raise SystemExit(3)\n"
        "def make():\n    raise E()\n",
        "class E(ValueError):\n    def __str__(self): raise SystemExit(3)\n"
        "def make():\n    def score(output, example): raise E()\n    return score\n",
        "def make():\n    globals()['__name__'] = None\n"
        "    def score(output, example): raise ValueError('x' * 1_000_000)\n    return score\n",
    ],
)
def test_a_scorer_whose_errors_misbehave_is_told_in_bounds(project, code):
    project.write(
        "conftest.py", code + "def pytest_promptevo_scorers(config):\n    return {'own': make}\n"
    )
    project.suite(count=2, scorers=["own"])
    result = project.run()
    told = str(result.stdout) + str(result.stderr)
    assert result.ret in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    assert "INTERNALERROR" not in told
    assert len(told) < 200_000
