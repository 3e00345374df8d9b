from __future__ import annotations

import pytest


def test_examples_and_the_gate_are_tests_in_the_order_of_the_file(project):
    project.suite(count=2)
    result = project.run("--collect-only", "-q")
    assert result.outlines[:3] == [
        "order.promptevo.yaml::order[o-0]",
        "order.promptevo.yaml::order[o-1]",
        "order.promptevo.yaml::order[fitness]",
    ]


def test_the_name_of_a_suite_is_the_stem_of_its_file_by_default(project):
    project.suite("parts.of.speech", count=1, suite=None)
    result = project.run("--collect-only", "-q")
    result.stdout.fnmatch_lines(["parts.of.speech.promptevo.yaml::parts.of.speech?o-0?"])


def test_yml_is_collected_too(project):
    project.suite(count=1).rename(project.root / "order.promptevo.yml")
    project.run().assert_outcomes(passed=2)


def test_an_example_without_an_id_has_one_that_depends_on_its_inputs_alone(project):
    row = '{"inputs": {"message": "my order 1234 is late"}, "expected": "%s"}\n'
    project.suite(count=1)
    ids = []
    for expected in ("1234", "4321"):
        project.write("golden/order.jsonl", row % expected)
        ids.append(project.run("--collect-only", "-q").outlines[0])
    assert ids[0] == ids[1]


@pytest.mark.parametrize("picked", ["order[o-1]", "order[fitness]"])
def test_a_test_can_be_picked_by_its_id(project, picked):
    project.suite()
    result = project.run("--collect-only", "-q", f"order.promptevo.yaml::{picked}")
    assert result.outlines[:2] == [f"order.promptevo.yaml::{picked}", ""]


def test_two_suites_of_one_name_are_an_error_that_names_both_files(project):
    inner = project.root / "inner"
    inner.mkdir()
    project.suite("second", count=1, suite="order").rename(inner / "second.promptevo.yaml")
    (project.root / "golden").rename(inner / "golden")
    project.suite("first", count=1, suite="order")
    project.write("golden/shots.jsonl", (inner / "golden/shots.jsonl").read_text())
    result = project.run("first.promptevo.yaml", "inner")
    assert (
        "inner/second.promptevo.yaml: the suite name 'order' is taken by first.promptevo.yaml: "
        "rename one of them"
    ) in result.outlines
    assert result.ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("taken", ["fitness", "lock", "audit"])
def test_an_example_cannot_be_called_as_the_tests_of_its_suite(project, taken):
    project.suite(count=1)
    own = project.root / "golden/order.jsonl"
    row = '{"id": "%s", "inputs": {"message": "my order 1234 is late"}, "expected": "1234"}'
    own.write_text(f"{own.read_text()}{row % taken}\n")
    result = project.run()
    told = f"*golden/order.jsonl:2: id '{taken}' is taken by the suite's own test ?{taken}?"
    result.stdout.fnmatch_lines([told])
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_an_id_that_a_terminal_would_obey_is_refused(project):
    project.suite(count=1)
    for odd in ("\\u202e", "\\u009b31m"):
        row = '{"id": "a%s", "inputs": {"message": "my order 1234 is late"}, "expected": "1234"}\n'
        project.write("golden/order.jsonl", row % odd)
        result = project.run()
        result.stdout.fnmatch_lines(["*golden/order.jsonl:1: id 'a*' cannot be a test id"])


def test_two_names_that_differ_in_case_alone_are_refused(project):
    project.suite("first", count=1, suite="order")
    project.suite("second", count=1, suite="Order")
    result = project.run()
    result.stdout.fnmatch_lines(
        ["second.promptevo.yaml: the suite name 'Order' differs from 'order' of first.*in case*"]
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_a_broken_suite_is_a_collection_error_without_a_traceback(project):
    project.suite(count=1, scorer=["exact_match"])
    result = project.run()
    result.stdout.fnmatch_lines(["*order.promptevo.yaml:*scorer*", "*did you mean 'scorers'*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*.py:*")
    assert result.ret == pytest.ExitCode.INTERRUPTED
