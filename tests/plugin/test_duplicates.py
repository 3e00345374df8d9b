from __future__ import annotations

from typing import TYPE_CHECKING

from .project import example, rows

if TYPE_CHECKING:
    import pytest

    from .project import Project

# Copies the answer of the first example that it is shown with a text like the one asked about.
COPYING = r"""
import re


def answer(request):
    *shown, asked = request.messages
    text = lambda turn: turn.content.rpartition("Message: ")[2].strip().rstrip(".")
    for question, reply in zip(shown[::2], shown[1::2]):
        if text(question) == text(asked):
            return reply.content
    return "no idea"
"""


# The run that these tests belong to makes errors of warnings, in the runs within it, too.
WARN = ("-W", "default::pytest_promptevo.errors.PromptEvoWarning")


def warned(result: pytest.RunResult) -> list[str]:
    told = str(result.stdout).partition("warnings summary")[2].partition("-- Docs")[0]
    return [line.strip() for line in told.splitlines() if "PromptEvoWarning" in line]


def copied_shots(project: Project, count: int = 6) -> None:
    """Shots that are the golden examples plus a full stop."""
    shots = [example(f"s-{index}", 1000 + 7 * index) for index in range(count)]
    for shot in shots:
        shot["inputs"]["message"] += "."
    project.write("golden/shots.jsonl", rows(shots))


def test_shots_that_are_the_golden_examples_are_told_and_not_shown(project: Project) -> None:
    project.write("fake.py", COPYING)
    project.suite(genome={"shots": ["s-0", "s-1"]})
    copied_shots(project)
    result = project.run("-q", *WARN)
    result.assert_outcomes(failed=7, warnings=1)
    (told,) = warned(result)
    assert (
        "order: 6 few-shot examples are (nearly) the same as 6 of 6 golden examples, "
        "such as s-0 as o-0" in told
    )


def test_a_search_over_such_shots_finds_nothing(project: Project) -> None:
    project.write("fake.py", COPYING)
    project.suite(count=6)
    copied_shots(project)
    result = project.run("--evolve", "--promptevo-budget=200", "-q", *WARN)
    assert not project.lock.exists()
    assert result.parseoutcomes()["failed"] == 7


def test_the_shots_of_others_are_shown(project: Project) -> None:
    project.suite(genome={"shots": ["s-0", "s-1"], "instruction": "Extract the order number."})
    shots = [example("s-0", 1000), example("s-1", 5000)]
    shots[0]["inputs"]["message"] += "!"
    project.write("golden/shots.jsonl", rows(shots))
    # With s-1 shown to every example, this model always gives the number alone.
    project.run("-q", *WARN).assert_outcomes(passed=7, warnings=1)


def test_groups_of_golden_examples_are_told_once(project: Project) -> None:
    project.suite()
    copies = [example("o-0", 1000), example("again", 1000), example("o-1", 1007)]
    copies[1]["inputs"]["message"] = "My order  1000 is late!"
    project.write("golden/order.jsonl", rows(copies))
    result = project.run(*WARN)
    result.assert_outcomes(passed=4, warnings=1)
    assert "order: 2 of 3 golden examples are (nearly) the same" in warned(result)[0]
    project.ini("filterwarnings = ignore::pytest_promptevo.errors.PromptEvoWarning")
    project.run().assert_outcomes(passed=4, warnings=0)


def test_examples_that_differ_are_told_nothing(project: Project) -> None:
    project.suite(count=20)
    project.run("-q", *WARN).assert_outcomes(passed=21, warnings=0)


def test_the_same_input_with_two_labels_names_file_and_lines(project: Project) -> None:
    project.suite()
    copies = [example("o-0", 1000), example("o-1", 1007), example("again", 1000)]
    copies[2] |= {"inputs": {"message": "My order 1000 is late!"}, "expected": "1001"}
    project.write("golden/order.jsonl", rows(copies))
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*golden/order.jsonl:3: 'again' expects \"1001\", but 'o-0' with the same inputs *"]
    )


def test_help_lists_the_kinds_of_files(project: Project) -> None:
    assert ".jsonl, .json, .csv, .yaml" in " ".join(str(project.run("--help").stdout).split())
