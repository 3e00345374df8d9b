"""Failures of production that become golden examples, and those that do not."""

from __future__ import annotations

import json

import pytest

from pytest_promptevo.improve.sides import Sides
from pytest_promptevo.night.golden_file import golden_file, with_examples
from pytest_promptevo.night.harvest import harvest, most_of
from pytest_promptevo.night.sides import note, sides_of
from pytest_promptevo.prompt import Example
from pytest_promptevo.state.records import Queued, QueueRow
from pytest_promptevo.suite import duplicates, load_suite, near_index
from pytest_promptevo.suite.golden import load_examples
from pytest_promptevo.suite.near_texts import NearTexts
from unit.support import make_entry, make_suite

WORDS = "anvil birch cedar delta ember fjord grape hazel inlet jolly kayak lemon mango noble onyx"


def message(number):
    words = WORDS.split()
    return f"{words[number % 15]} {words[(7 * number) % 13]} asks for order {1000 + 37 * number}"


def examples(count):
    return [
        {"id": f"e{at}", "inputs": {"message": message(at)}, "expected": str(1000 + 37 * at)}
        for at in range(count)
    ]


def row(number, *, status="ready", inputs=None, expected="none", suite="orders"):
    if inputs is None:
        inputs = json.dumps({"message": message(number)})
    if expected == "none":
        expected = json.dumps(str(1000 + 37 * number))
    queued = Queued(inputs, "an answer", expected)
    return QueueRow(number, suite, f"1.arm.{number}", queued, status, 0.0)


def suite_of(folder, count=20, **parts):
    return make_suite(folder, golden=examples(count), **parts)


def test_the_oldest_failures_become_examples_a_tenth_of_the_suite_a_night(tmp_path):
    suite = suite_of(tmp_path)
    found = harvest(suite, [row(number) for number in range(100, 105)])
    assert [each.inputs["message"] for each in found.taken] == [message(100), message(101)]
    assert [each.expected for each in found.taken] == ["4700", "4737"]
    assert found.waiting == 3
    assert most_of(suite_of(tmp_path, 4)) == 1
    assert all(each.id.startswith("prod-") for each in found.taken)
    assert found.taken[0].tags == ("production",)


def test_what_nobody_has_answered_stays_where_it_is(tmp_path):
    rows = [row(100, status="waits"), row(101, status="dropped"), row(102, status="taken")]
    found = harvest(suite_of(tmp_path), rows)
    assert (found.taken, found.refused, found.waiting) == ((), (), 0)


def test_what_is_there_already_is_no_new_example(tmp_path):
    suite = suite_of(tmp_path)
    again = row(3, inputs=json.dumps({"message": message(3).upper() + "!"}))
    found = harvest(suite, [again, row(100), row(100)._replace(id=7, decision="1.arm.x")])
    assert [each.inputs["message"] for each in found.taken] == [message(100)]
    assert found.refused == ((3, "nearly the same as e3"),)
    assert found.waiting == 1  # what is taken tonight may not be merged


def test_what_was_taken_last_night_is_not_taken_again(tmp_path):
    first = harvest(suite_of(tmp_path), [row(100), row(101)])
    own = [
        {"id": each.id, "inputs": dict(each.inputs), "expected": each.expected}
        for each in first.taken
    ]
    suite = make_suite(tmp_path, golden=[*examples(20), *own])
    found = harvest(suite, [row(100), row(101)])
    assert (found.taken, found.there) == ((), (100, 101))


def test_the_suite_is_read_once_however_long_the_queue_is(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(
        duplicates, "NearTexts", lambda known: read.append(known) or NearTexts(known)
    )
    found = harvest(suite_of(tmp_path), [row(number) for number in range(100, 150)])
    assert (len(found.taken), found.waiting) == (2, 48)
    assert len(read) == 1


def test_what_could_not_be_compared_waits(tmp_path, monkeypatch):
    monkeypatch.setattr(near_index, "MOST_VISITED", 0)
    found = harvest(suite_of(tmp_path), [row(100), row(3)])
    assert (found.taken, found.waiting) == ((), 1)
    assert found.refused == ((3, "nearly the same as e3"),)


@pytest.mark.parametrize(
    ("inputs", "expected", "why"),
    [
        ("{", '"1"', "not valid JSON: Expecting property name enclosed in double quotes"),
        ("[1]", '"1"', "its inputs are no mapping"),
        ("{}", '"1"', "its inputs are no mapping"),
        ('{"text": "x"}', '"1"', "it lacks the input 'message'"),
        ('{"message": "x", "other": 1}', '"1"', "no golden example has its input 'other'"),
        ('{"message": NaN}', '"1"', "not valid JSON: NaN is not JSON"),
        ('{"message": "\\ud800"}', '"1"', "holds a value that JSON text cannot"),
        ('{"message": "' + "x" * 70_000 + '"}', '"1"', "its inputs are not there"),
        ('{"message": "x"}', None, "its expected answer is not there"),
    ],
)
def test_what_cannot_be_an_example_is_told(tmp_path, inputs, expected, why):
    found = harvest(suite_of(tmp_path), [row(100, inputs=inputs, expected=expected)])
    assert found.taken == ()
    assert found.refused[0][0] == 100
    assert found.refused[0][1].startswith(why)


def test_an_answer_that_the_scorers_do_not_take_is_told(tmp_path):
    suite = suite_of(tmp_path, scorers=["numeric"])
    found = harvest(suite, [row(100, expected='"many"'), row(101)])
    assert [each.expected for each in found.taken] == ["4737"]
    ((number, why),) = found.refused
    assert number == 100
    assert "numeric" in why


def test_examples_are_added_at_the_end_of_the_file(tmp_path):
    file = tmp_path / "golden.jsonl"
    before = "\n".join(json.dumps(each) for each in examples(20))  # no line break at the end
    file.write_text(before, "utf-8")
    suite = make_suite(tmp_path, golden="golden.jsonl")
    assert golden_file(suite) == file
    found = harvest(suite, [row(100, expected='{"a": ["é", null]}')])
    text = with_examples(file, found.taken)
    assert text.startswith(before + "\n")
    file.write_text(text, "utf-8")
    again = load_examples(file)
    assert again[-1].content() == found.taken[0].content()
    assert (
        load_suite(suite.path, tmp_path).fingerprints["golden"]
        == (suite.with_examples(found.taken).fingerprints["golden"])
    )


def test_no_letter_of_a_failure_hides_in_the_file(tmp_path):
    file = tmp_path / "golden.jsonl"
    file.write_text("")
    text = "one\u2028two\x85\u202ethree\x7f \u2066é漢\U000e0041\U0001f469\u200d\U0001f680"
    written = with_examples(file, [Example("a", {"message": text}, text, ())])
    assert len(written.splitlines()) == 1
    assert not set(written) & set("\u2028\x85\u202e\x7f\u2066\U000e0041")
    assert "é漢" in written
    assert "\U0001f469\u200d\U0001f680" in written
    row = json.loads(written)
    assert (row["inputs"]["message"], row["expected"]) == (text, text)


def test_examples_within_the_suite_file_are_left_to_people(tmp_path):
    assert golden_file(suite_of(tmp_path)) is None


def test_half_of_the_examples_are_held_out_and_stay_so(tmp_path):
    suite, noted = suite_of(tmp_path, 40), tmp_path / "sides.json"
    held_out = sides_of(None, noted).split(suite)
    assert len(held_out) == 20
    assert held_out == sides_of(make_entry(), noted).split(suite)
    note(noted, suite, held_out, [("message",)])
    grown = suite.with_examples(harvest(suite, [row(at) for at in range(100, 104)]).taken)
    assert len(grown.examples) == 44
    later = sides_of(None, noted).split(grown)
    assert later >= held_out
    assert len(later) == 22


def test_half_of_a_nights_examples_are_held_out_however_the_others_are_split(tmp_path):
    suite, noted = suite_of(tmp_path, 40), tmp_path / "sides.json"
    few = frozenset(each.id for each in suite.examples[:8])
    note(noted, suite, few, [("message",)])
    grown = suite.with_examples(harvest(suite, [row(at) for at in range(100, 104)]).taken)
    assert len(sides_of(None, noted).split(grown) - few) == 2


def test_what_a_search_has_seen_is_never_held_out(tmp_path):
    suite, noted = suite_of(tmp_path, 40), tmp_path / "sides.json"
    held_out = sides_of(None, noted).split(suite)
    note(noted, suite, held_out, [("message",)])
    note(noted, suite, frozenset(each.id for each in suite.examples) - held_out, [("message",)])
    assert sides_of(None, noted).split(suite) == frozenset()


def test_few_examples_are_not_split(tmp_path):
    assert Sides().split(suite_of(tmp_path, 15)) == frozenset()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"held_out": 3}', "null"])
def test_a_note_that_cannot_be_read_is_as_good_as_none(tmp_path, text):
    noted = tmp_path / "sides.json"
    noted.write_text(text)
    assert sides_of(None, noted) == Sides()
