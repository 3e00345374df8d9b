"""A second search of a suite goes on from what the first one asked."""

from __future__ import annotations

import json

import pytest

from plugin.project import ENOUGH, TERSE, VERBOSE, example, rows

MODEL = """
import re
import zlib
from pathlib import Path

LOG = Path(__file__).with_name("calls.log")


def answer(request):
    with LOG.open("a") as file:
        file.write("call\\n")
    text = request.messages[-1].content
    number = re.search(r"[0-9]{4}", text)[0]
    how, _, _ = text.partition("\\n")
    shots = sum(turn.role == "assistant" for turn in request.messages)
    better = 22 * how.count(".") + 4 * shots
    drawn = zlib.crc32(f"{how} {len(request.messages)} {number}".encode()) % 100
    return number if drawn < better else "none of it"
"""
INSTRUCTIONS = [VERBOSE, "Number.", "Order number.", "Digits.", "The digits.", "Copy. Number."]
BEST = "Digits. Nothing else. At all. Really."


@pytest.fixture
def searched(project):
    """A project in which a first search has found a genome."""
    project.write("fake.py", MODEL)
    project.suite(
        count=ENOUGH,
        genome={"instruction": VERBOSE},
        search=None,
        objectives={"quality": {}},
        threshold=0.99,
    )
    few_shot = {"few_shot": "golden/shots.jsonl", "max": 3}
    project.change(search={"instruction": INSTRUCTIONS, "shots": few_shot})
    first = project.run("--evolve")
    first.stdout.fnmatch_lines(["order: accepted*"])
    return project


def second(project, *options):
    """Returns the calls that another search pays for, and what it says."""
    before = project.calls
    result = project.run("--evolve", *options)
    return project.calls - before, result


def test_after_a_changed_label_it_costs_a_fraction(searched):
    first = searched.calls
    path = searched.root / "golden" / "order.jsonl"
    changed = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    changed[7]["expected"] = "none of it"
    path.write_text(rows(changed), "utf-8")
    calls, result = second(searched)
    assert calls <= 0.3 * first
    result.stdout.fnmatch_lines(["order: went on from * genomes of earlier searches, whose *"])


def test_after_a_new_example_it_costs_a_fraction(searched):
    first = searched.calls
    path = searched.root / "golden" / "order.jsonl"
    path.write_text(path.read_text("utf-8") + rows([example("o-new", 4321)]), "utf-8")
    calls, _ = second(searched)
    assert 0 < calls <= 0.3 * first


def test_after_a_new_instruction_it_costs_a_fraction_and_finds_it(searched):
    first = searched.calls
    searched.change(search={"instruction": [*INSTRUCTIONS, BEST]})
    calls, result = second(searched)
    assert 0 < calls <= 0.3 * first + ENOUGH / 2, "what it held out is asked of the winner, too"
    result.stdout.fnmatch_lines([f"  instruction: * -> '{BEST}'"])


def test_the_same_search_comes_to_the_same_end_without_a_call(searched):
    lock = searched.lock.read_bytes()
    searched.lock.unlink()
    for path in searched.recordings.iterdir():
        path.unlink()
    calls, result = second(searched)
    assert calls == 0
    assert searched.lock.read_bytes() == lock
    result.stdout.no_fnmatch_line("*went on from*")


def test_a_changed_prompt_is_searched_anew(searched):
    searched.change(prompt={"user": "{{instruction}}\nAsked: {{message}}\n"})
    _, result = second(searched)
    result.stdout.no_fnmatch_line("*went on from*")


@pytest.mark.parametrize("text", ["", "{}\n[]\nnull\n7\n", "\x00\xff", '{"search": "x"}\n'])
def test_a_damaged_file_of_searches_is_a_search_anew(searched, text):
    (searched.root / ".promptevo" / "order.searches.jsonl").write_text(text, "utf-8")
    searched.change(threshold=0.98)
    _, result = second(searched)
    result.stdout.fnmatch_lines(["order: searched with *"])
    result.stdout.no_fnmatch_line("*went on from*")


def test_genomes_that_the_suite_has_no_more_are_not_gone_on_from(searched):
    searched.change(search={"instruction": [VERBOSE, TERSE], "shots": None})
    _, result = second(searched)
    result.stdout.no_fnmatch_line("*went on from*")


def test_a_search_that_saw_what_is_held_out_now_is_not_gone_on_from(searched):
    """Its genomes were bred by what they do there: the test of another one would prove nothing."""
    searched.lock.unlink()
    for path in searched.recordings.iterdir():
        path.unlink()
    _, result = second(searched, "--promptevo-seed=7")
    result.stdout.fnmatch_lines(["order: searched with *"])
    result.stdout.no_fnmatch_line("*went on from*")
