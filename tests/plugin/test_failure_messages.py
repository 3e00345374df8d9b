from __future__ import annotations

import pytest

from .project import MODEL, VERBOSE


def test_an_example_that_fails_shows_what_was_asked_expected_and_answered(project):
    project.suite(count=1, genome={"instruction": VERBOSE})
    result = project.run()
    result.stdout.fnmatch_lines(
        [
            "*_ order?o-0? _*",
            "order?o-0?: quality 0, needs 1",
            "  message: 'my order 1000 is late'",
            "  expected: '1000'",
            "  answer:   'The order number is 1000.'",
            "  why:      expected '1000'*",
        ],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("*.py:*")


def test_long_texts_are_cut(project):
    project.suite(count=1)
    project.write(
        "golden/order.jsonl",
        '{"id": "long", "inputs": {"message": "1000 %s"}, "expected": "none"}\n' % ("x" * 5000),
    )
    result = project.run()
    result.stdout.fnmatch_lines(["  message: '1000 xxx*..."])
    assert max(map(len, result.outlines)) < 300


def test_an_answer_that_the_token_limit_cut_off_says_so(project):
    project.suite(count=1, genome={"instruction": VERBOSE, "max_tokens": 2}, search=None)
    project.run().stdout.fnmatch_lines(["  why: *(the answer was cut off by max_tokens)"])


def test_an_empty_answer_fails_and_says_so(project):
    project.write("mute.py", "def answer(request):\n    return ''\n")
    project.suite(count=1, models={"primary": "scripted:mute:answer"})
    project.run().stdout.fnmatch_lines(
        ["  answer:   '' (after 2 repairs)", "  why:      the answer is empty"]
    )


def test_a_model_out_of_reach_is_said_in_each_test_without_a_traceback(project):
    project.suite(count=2, models={"primary": "gguf:none.gguf"})
    result = project.run()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*none.gguf*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_regression_says_that_the_lock_does_not_know_it(project):
    project.suite(count=2, threshold=0.1)
    project.accept()
    project.write("fake.py", MODEL.replace("return number\n", "return number.replace('7', '9')\n"))
    result = project.run()
    result.stdout.fnmatch_lines(["  a regression: promptevo.lock does not know this failure"])


def test_an_error_of_ours_shows_its_traceback(project):
    project.write(
        "conftest.py",
        "import pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtest_call(item):\n    item.example = None\n",
    )
    project.suite(count=1)
    result = project.run("-k", "o-0")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["E *AttributeError*"])


def test_a_repaired_answer_shows_the_first_one_too(project):
    project.write(
        "wavering.py",
        "def answer(request):\n    return 'late' if len(request.messages) > 1 else 'no label'\n",
    )
    project.suite(
        count=1,
        models={"primary": "scripted:wavering:answer"},
        output={"format": "label", "labels": ["late", "lost"]},
        search=None,
    )
    project.write(
        "golden/order.jsonl",
        '{"id": "a", "inputs": {"message": "1000"}, "expected": "lost"}\n',
    )
    project.run().stdout.fnmatch_lines(
        ["  at first: 'no label'", "  answer:   'late' (after 1 repair)"], consecutive=True
    )
