from __future__ import annotations

from collections import Counter

import pytest

from .project import VERBOSE, junit, section

WAYS = {
    "bare": lambda project, *options: project.run(*options),
    "xdist": lambda project, *options: project.spawn("-p", "no:randomly", "-n", "2", *options),
    "random order": lambda project, *options: project.run(*options, order="randomly"),
    "no cache": lambda project, *options: project.run("-p", "no:cacheprovider", *options),
}


def test_a_known_failure_is_expected_and_a_new_one_is_a_regression(project):
    project.suite(threshold=0.3)
    project.golden(wrong=(0, 1))
    project.accept()
    assert project.entry()["quality"] == {"o-0": 0.0, "o-1": 0.0}
    project.golden(wrong=(1, 2))
    result = project.run("-rx")
    result.assert_outcomes(passed=5, xfailed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["  the example was edited since promptevo.lock was written: as it was, it passed"]
    )
    result.stdout.fnmatch_lines(["XFAIL*order?o-1? - known failure in promptevo.lock:*"])
    assert "order: improved, no longer failing: o-0" in section(result)
    assert "order: regressed: o-2" in section(result)
    result.stdout.no_fnmatch_line("*a regression:*")
    project.golden(count=7, wrong=(0, 1, 6))
    project.run().stdout.fnmatch_lines(["  the example is new: promptevo.lock does not know it"])


def test_the_verdicts_do_not_depend_on_how_the_tests_are_run(project):
    project.suite(threshold=0.3)
    project.suite("strict", count=3, objectives={"tokens": {"max": 5}})
    project.suite("verbose", count=3, genome={"instruction": VERBOSE})
    project.golden(wrong=(0, 1))
    project.golden("strict", 3, wrong=(2,))
    project.run("--promptevo-update-lock", "order.promptevo.yaml", "strict.promptevo.yaml")
    project.golden(wrong=(1, 2))
    project.suite("sketch", count=2, draft=True, genome={"instruction": VERBOSE})
    calls = project.calls

    told = {}
    for way, run in WAYS.items():
        result = run(project, "--junitxml=junit.xml")
        told[way] = [result.ret, section(result), *junit(project.root / "junit.xml")]
        told[way].append(Counter(result.parseoutcomes()) - Counter(warnings=9))

    assert told["bare"][0] == pytest.ExitCode.TESTS_FAILED
    assert told["bare"][1]
    assert told["bare"][-1] == Counter(passed=8, failed=6, xfailed=6)
    for way in WAYS:
        assert told[way] == told["bare"], way
    assert project.calls == calls + 3


def test_a_green_run_is_green_however_it_is_run(project):
    project.suite(count=3)
    project.accept()
    project.env(CI="true")
    ways = [run for way, run in WAYS.items() if way != "xdist"]
    told = [(done.ret, section(done)) for done in (run(project) for run in ways)]
    assert told == [(pytest.ExitCode.OK, told[0][1])] * len(ways)
    assert told[0][1]
