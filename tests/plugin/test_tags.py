"""Tags: markers of pytest, a table in the summary, and the least quality that each may have."""

from __future__ import annotations

import json

import pytest

from .project import Project, example, rows, section


def tagged(project: Project, wrong: tuple[int, ...] = (), **changes) -> None:
    """Writes a suite of six: o-0 to o-2 are refunds, o-3 to o-5 are orders; o-5 is also rare."""
    project.suite(**changes)
    made = [example(f"o-{at}", 1000 + 7 * at) for at in range(6)]
    for at, each in enumerate(made):
        each["tags"] = ["refund"] if at < 3 else ["order"] if at < 5 else ["order", "rare"]
        if at in wrong:
            each["expected"] = "none"
    project.write("golden/order.jsonl", rows(made))


def retag(project: Project, name: str, tags: list[str]) -> None:
    path = project.root / "golden/order.jsonl"
    made = [json.loads(line) for line in path.read_text().splitlines()]
    for each in made:
        if each["id"] == name:
            each["tags"] = tags
    path.write_text(rows(made))


def tag_rows(result: pytest.RunResult) -> dict[str, list[str]]:
    """Returns the rows of the table by tag."""
    lines = section(result)
    starts = [at for at, line in enumerate(lines) if line.split()[:2] == ["suite", "tag"]]
    if not starts:
        return {}
    cells = (line.split() for line in lines[starts[0] + 2 :])
    return {row[1]: row[2:] for row in cells if row and row[0] == "order"}


@pytest.mark.parametrize(
    ("expression", "count", "ways"),
    [("refund", 3, ()), ("rare", 1, ()), ("order and not rare", 2, ()),
     ("refund or rare", 4, ("-n", "4"))],
)  # fmt: skip
def test_tags_select(project, expression, count, ways):
    tagged(project)
    run = project.spawn if ways else project.run
    result = run("-m", expression, "--strict-markers", *ways)
    result.assert_outcomes(passed=count)
    assert f"{count}/{count} of 6" in section(result)[2]


def test_markers_are_listed_for_suites_that_a_run_would_collect(project):
    tagged(project)
    project.suite("other", golden=[{**example("x", 1111), "tags": ["inline"]}])
    project.write("build/skipped.promptevo.yaml", "golden: [{inputs: {}, tags: [nowhere]}]")
    project.write("broken.promptevo.yaml", "a: [")
    project.write("outside.promptevo.yaml", "golden: ../golden.jsonl")
    project.write("fake.py", "raise ValueError('no function of the user is imported')")
    listed = [line for line in project.run("--markers").outlines if "tagged so" in line]
    names = [line.partition(":")[0].removeprefix("@pytest.mark.") for line in listed]
    assert names == ["inline", "order", "rare", "refund"]
    listed = project.run("--markers", "other.promptevo.yaml").outlines
    assert [line for line in listed if "tagged so" in line] == [
        "@pytest.mark.inline: golden examples tagged so"
    ]
    assert any(line.startswith("@pytest.mark.promptevo(suite): ") for line in listed)


def test_tags_that_mean_something_else_to_pytest_are_no_markers(project):
    tagged(project)
    names = ["skip", "xfail", "skipif", "usefixtures", "_own", "a b", "and", "", "x" * 200, "\x1b["]
    names += ["lang:en", ":", "a:", "parametrize"]
    retag(project, "o-0", [*names, "kept", "wörld-1.2/x"])
    result = project.run("--strict-markers", "-W", "error")
    result.assert_outcomes(passed=7)
    listed = [line for line in project.run("--markers").outlines if "tagged so" in line]
    own = [line.partition(":")[0].removeprefix("@pytest.mark.") for line in listed]
    assert own == ["kept", "order", "rare", "refund", "wörld-1.2/x"]
    project.run("-m", "kept").assert_outcomes(passed=1)
    project.run("-m", "wörld-1.2/x").assert_outcomes(passed=1)


def test_a_marker_of_the_project_is_joined(project):
    tagged(project)
    project.ini("markers =", "    refund: whatever has to do with refunds")
    project.write(
        "test_own.py",
        "import pytest\n\n@pytest.mark.refund\ndef test_own():\n    pass\n",
    )
    project.run("-m", "refund", "--strict-markers").assert_outcomes(passed=4)
    listed = [line for line in project.run("--markers").outlines if ".refund" in line]
    assert listed == ["@pytest.mark.refund: whatever has to do with refunds"]


def test_many_tags_are_bounded(project):
    tagged(project)
    retag(project, "o-0", [f"t{number}" for number in range(3_000)])
    result = project.run("-m", "t7", "--strict-markers")
    result.assert_outcomes(passed=1)
    retag(project, "o-0", ["\x1b[2J" + "long" * 400, "::error::x", *map(str, range(3_000))])
    project.golden(count=2)  # o-0 and o-1
    tagged(project, wrong=(4,))
    retag(project, "o-0", ["\x1b[2J" + "long" * 400, "::error::x", *map(str, range(3_000))])
    lines = section(project.run())
    assert any("and 2,997 more" in line for line in lines)
    assert all(len(line) < 120 and "\x1b" not in line for line in lines)


@pytest.mark.parametrize("ways", [(), ("-n", "4")], ids=["bare", "xdist"])
def test_the_table_tells_the_worst_tag_first(project, ways):
    tagged(project, wrong=(3, 5), threshold=0.3)
    result = (project.spawn if ways else project.run)(*ways)
    told = tag_rows(result)
    assert list(told) == ["rare", "order", "refund"]
    assert [row[0] for row in told.values()] == ["0/1", "1/3", "3/3"]
    assert told["order"][1:4] == ["0.333", "[0.061,", "0.792]"]


def test_no_table_where_it_says_nothing(project):
    tagged(project)
    assert tag_rows(project.run()) == {}
    project.golden(wrong=(1,))  # without tags
    assert tag_rows(project.run()) == {}


def test_a_tag_below_its_min_fails_the_gate_and_says_so(project):
    tagged(project, wrong=(3, 4), threshold=0.3, tags={"order": {"min": 0.5}, "refund": {"min": 1}})
    result = project.run("-rf")
    said = "tag 'order': quality 0.333 of 3 examples is below its min 0.5"
    result.stdout.fnmatch_lines([said])
    assert "order[fitness]" in str(result.stdout)
    told = tag_rows(result)
    assert (told["order"][-1], told["refund"][-1]) == ("0.5", "1")
    tagged(project, wrong=(3,), threshold=0.3, tags={"order": {"min": 0.5}, "refund": {"min": 1}})
    result = project.run()
    result.assert_outcomes(passed=6, failed=1)  # o-3, which no lock knows
    assert list(tag_rows(result))[:2] == ["order", "refund"]


def test_taking_a_tag_with_a_min_from_an_example_makes_the_lock_out_of_date(project):
    tagged(project, wrong=(3,), threshold=0.3, tags={"order": {"min": 0.5}})
    project.accept()
    project.run("--promptevo-locked").assert_outcomes(passed=7, xfailed=1)
    retag(project, "o-3", ["refund"])
    result = project.run("--promptevo-locked")
    result.assert_outcomes(passed=6, xfailed=1, failed=1)
    assert "the objectives or the threshold" in str(result.stdout)
    retag(project, "o-3", ["order", "another"])  # about which nothing is said
    project.run("--promptevo-locked").assert_outcomes(passed=7, xfailed=1)


def test_tags_alone_change_no_lock(project):
    project.suite()
    project.accept()
    tagged(project)
    project.run("--promptevo-locked").assert_outcomes(passed=8)


def test_a_tag_that_no_example_has_is_refused_with_its_line(project):
    path = project.suite(tags={"refnd": {"min": 0.5}})
    tagged(project, tags={"refnd": {"min": 0.5}})
    line = path.read_text().splitlines().index("  refnd:") + 1
    result = project.run()
    result.stdout.fnmatch_lines(
        [f"order.promptevo.yaml:{line}: no golden example has the tag 'refnd'",
         "*hint: did you mean 'refund'?"]
    )  # fmt: skip
