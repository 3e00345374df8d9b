"""What earlier searches asked: how much of it a later one reads."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from pytest_promptevo.genome import Genome
from pytest_promptevo.improve import searched
from pytest_promptevo.improve.searched import Searches, asked_of, known_before
from pytest_promptevo.prompt import Example
from unit.support import make_suite

HELD_OUT = Example("held", {"message": "held out"})


def write(path, *searches):
    """Writes rows of searches, each given by its name, its number of genomes and an input."""
    rows = [
        {"search": name, "genome": {"x": f"{name}{number}"}, "asked": [asked]}
        for name, count, asked in searches
        for number in range(count)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_of_more_rows_than_are_kept_the_latest_searches_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(searched, "MOST", 6)
    path = tmp_path / "searches.jsonl"
    write(path, ("a", 6, "x"))
    assert len(Searches(path).before("new", [])) == 6
    write(path, ("a", 100, "x"), ("b", 4, "y"), ("c", 2, "z"))
    assert len(Searches(path).before("new", [])) == 2  # whether b had more rows nobody has read
    write(path, ("b", 100, "y"))
    assert Searches(path).before("new", []) == {}


def test_a_search_of_which_a_part_was_not_read_is_not_gone_on_from(tmp_path, monkeypatch):
    monkeypatch.setattr(searched, "MOST", 4)
    path = tmp_path / "searches.jsonl"
    write(path, ("a", 1, asked_of(HELD_OUT)), ("a", 3, "x"), ("b", 1, "y"))
    assert set(Searches(path).before("new", [HELD_OUT])) == {Genome({"x": "b0"})}


@pytest.mark.parametrize(("most", "genomes"), [(5, 2), (6, 3), (100, 10)])
def test_no_more_answers_are_looked_up_than_seconds_allow(tmp_path, monkeypatch, most, genomes):
    monkeypatch.setattr(searched, "MOST_ANSWERS", most)
    golden = [{"inputs": {"message": text}, "expected": "x"} for text in ("one", "two")]
    values = [f"say {number}" for number in range(11)]
    suite = make_suite(
        tmp_path,
        golden=golden,
        prompt={"user": "{{instruction}} {{message}}"},
        genome={"instruction": values[0]},
        search={"instruction": values},
    )
    before = suite.shipped
    known = {
        before.with_(instruction=value): set(map(asked_of, suite.examples)) for value in values
    }
    asked = []

    def evaluate(answers, genome, example, draw):
        asked.append(genome)
        return "evaluation"

    evaluator = SimpleNamespace(
        suite=suite, evaluate_by=evaluate, answers=SimpleNamespace(recorded=None)
    )
    plan = SimpleNamespace(strategy="racing", searched=known)
    own = {example.id: "evaluation" for example in suite.examples}
    found = known_before(evaluator, before, plan, suite.examples, own)
    assert len(asked) == 2 * genomes
    assert list(found) == [before, *list(known)[-genomes:]]
