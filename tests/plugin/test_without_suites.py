from __future__ import annotations

import re

import pytest

from pytest_promptevo.evolve.names import DEFAULT_STRATEGY, STRATEGY_NAMES

TESTS = """
import sys

def test_nothing_heavy_is_imported():
    heavy = {"numpy", "pydantic", "yaml", "ollama", "httpx", "tabulate", "sqlite3"}
    ours = {name for name in sys.modules if name.startswith("pytest_promptevo.")}
    assert not heavy & set(sys.modules)
    assert ours <= {
        "pytest_promptevo.plugin",
        "pytest_promptevo.plugin.hooks",
        "pytest_promptevo.plugin.options",
        "pytest_promptevo.plugin.report_fields",
    }

def test_that_fails():
    assert 1 == 2
"""


def shown(result: pytest.RunResult) -> list[str]:
    lines = [line for line in result.outlines if not line.startswith("plugins:")]
    return [re.sub(r" in [\d.]+s", "", line).strip("=") for line in lines]


def test_nothing_is_printed_and_next_to_nothing_imported(project):
    project.write("test_it.py", TESTS)
    (project.root / "fake.py").unlink()
    plain = ("-p", "no:randomly", "-p", "no:xdist")
    with_us = project.spawn(*plain)
    with_us.assert_outcomes(passed=1, failed=1)
    without = project.spawn(*plain, "-p", "no:promptevo")
    assert shown(with_us) == shown(without)
    assert with_us.ret == without.ret
    assert not (project.root / ".promptevo").exists()


def test_options_without_suites_do_nothing(project):
    project.write("test_it.py", "def test_it(): pass\n")
    result = project.run("--evolve", "--promptevo-seed=3")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*promptevo:*")
    assert not project.lock.exists()


def test_only_evolve_has_no_prefix(project):
    project.run("--co")
    help_text = str(project.run("--help").stdout)
    options = help_text.partition("(promptevo)")[2].partition("\n\n")[0]
    names = set(re.findall(r"^ +(-[-\w]+)", options, re.MULTILINE))
    assert names == {
        "--evolve",
        "--promptevo-strategy",
        "--promptevo-budget",
        "--promptevo-candidates",
        "--promptevo-seed",
        "--promptevo-record",
        "--promptevo-report",
        "--promptevo-model",
        "--promptevo-executor",
        "--promptevo-max-examples",
        "--promptevo-repeats",
        "--promptevo-accept",
        "--promptevo-audit",
        "--promptevo-locked",
        "--promptevo-update-lock",
    }
    settings = set(re.findall(r"^ +(promptevo\w+) \(", help_text, re.MULTILINE))
    assert {f"promptevo_{name}" for name in ("record", "locked", "strategy", "budget")} <= settings


def test_the_ini_settings_are_in_the_help(project):
    result = project.run("--help")
    result.stdout.fnmatch_lines(["*promptevo_record*", "*promptevo_locked*"])


def test_the_help_names_every_strategy(project):
    help_text = str(project.run("--help").stdout)
    assert all(help_text.count(name) >= 2 for name in STRATEGY_NAMES)
    assert help_text.count(f"{DEFAULT_STRATEGY} (default)") == 2


def test_each_option_and_setting_explains_itself(project, pytester):
    parser = pytester.parseconfig()._parser
    group = next(group for group in parser._groups if group.name == "promptevo")
    for option in group.options:
        assert option.attrs()["help"], option
        assert option.dest == "evolve" or option.dest.startswith("promptevo_")


@pytest.mark.parametrize("option", ["--strict-markers", "--strict-config"])
def test_strictness_is_no_hindrance(project, option):
    project.suite(count=1)
    project.ini("promptevo_record = missing")
    project.run(option).assert_outcomes(passed=2)


@pytest.mark.parametrize("option", ["--markers", "--fixtures"])
def test_no_marker_and_no_fixture_is_added_without_the_prefix(project, option):
    ours = set(project.run(option).outlines)
    plain = set(project.run(option, "-p", "no:promptevo").outlines)
    added = {line for line in ours - plain if line.startswith(("@", "-- ")) or " -- " in line}
    assert all("promptevo" in line for line in added)


def test_without_the_plugin_suites_are_no_tests(project):
    project.suite()
    result = project.run("-p", "no:promptevo")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert project.run("-p", "no:promptevo", "--evolve").ret == pytest.ExitCode.USAGE_ERROR


def test_the_plugin_works_when_it_is_named_and_nothing_else_is_loaded(project):
    project.suite(count=2)
    project.env(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    project.run("-p", "pytest_promptevo.plugin").assert_outcomes(passed=3)


def test_yaml_files_of_others_are_left_alone(project):
    project.write("promptevo.yaml", "a: [")
    project.write("order.yaml", "a: [")
    project.write("test_it.py", "def test_it(): pass\n")
    project.run().assert_outcomes(passed=1)
