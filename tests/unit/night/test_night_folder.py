"""The private folder of the nights, whoever has written what is in it."""

from __future__ import annotations

import json
import math

import pytest

from pytest_promptevo.evolve.racing.kernel import Kernel
from pytest_promptevo.genome import Float, Genome, SearchSpace
from pytest_promptevo.night import archive, served
from pytest_promptevo.night.archive import Archive
from pytest_promptevo.night.nights import LARGEST_NUMBER, Night, NightFolder
from pytest_promptevo.night.served import ServedGenomes
from pytest_promptevo.night.sides import sides_of

DEEP = "[" * 100_000 + "]" * 100_000
HUGE = "1" + "0" * 400
NOTE = '{"number": %s, "began": %s, "done": %s, "finished": false}'


def first(text, width=20):
    """Returns a name for a test."""
    return text[:width]


@pytest.fixture
def folder(tmp_path):
    made = NightFolder(tmp_path / "project" / "promptevo.lock")
    made.path.parent.mkdir(parents=True)
    return made


@pytest.mark.parametrize("name", ["night", "night.lock"])
def test_nothing_is_written_through_a_link(folder, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    target = outside if name == "night" else outside / "kept"
    (folder.path.parent / name).symlink_to(target)
    with pytest.raises(OSError, match="link out of its folder"), folder.alone():
        pass
    assert [path.name for path in outside.iterdir()] == ["kept"]
    assert (outside / "kept").read_text() == "kept"


@pytest.mark.parametrize(
    "text",
    [
        NOTE % ("Infinity", "1e9", "{}"),
        NOTE % ("NaN", "1e9", "{}"),
        NOTE % (HUGE, "1e9", "{}"),
        NOTE % (-1, "1e9", "{}"),
        NOTE % (LARGEST_NUMBER, "1e9", "{}"),
        NOTE % (3, HUGE, "{}"),
        NOTE % (3, "1e9", DEEP),
        NOTE % (3, "1e9", '{"a": ["\\ud800"]}'),
        NOTE % (3, "1e9", '{"a": 3}'),
        DEEP,
        "[]",
        "\xff",
    ],
    ids=lambda text: first(text, 60),
)
def test_a_note_of_a_night_that_cannot_be_one_is_none(folder, text):
    folder.path.mkdir()
    (folder.path / "night.json").write_text(text, "latin-1")
    assert folder.night(now=1e9 + 60) == Night(11574, 1e9 + 60)


def test_a_night_that_began_at_no_time_is_over(folder):
    folder.path.mkdir()
    (folder.path / "night.json").write_text(NOTE % (3, "NaN", "{}"))
    assert folder.night(now=1e9).number == 11574


@pytest.mark.parametrize(
    "text", [DEEP, f'{{"held_out": {DEEP}}}', '{"held_out": 3}', "[]", HUGE], ids=first
)
def test_sides_that_cannot_be_read_are_none(tmp_path, text):
    (tmp_path / "sides.json").write_text(text)
    assert sides_of(None, tmp_path / "sides.json").held_out == frozenset()


@pytest.mark.parametrize("text", [DEEP, f'{{"about": "a", "arms": {DEEP}}}', HUGE], ids=first)
def test_served_genomes_that_cannot_be_read_are_none(tmp_path, text):
    (tmp_path / "served.json").write_text(text)
    assert ServedGenomes(tmp_path / "served.json", "a").dropped == frozenset()


def row(**changes):
    return json.dumps(
        {"about": "a", "night": 1, "genome": {"x": 1}, "scores": {"e": [1, 2, 3, 0]}} | changes
    )


@pytest.mark.parametrize(
    "line",
    [
        row(scores={"e": [10**400, 0, 0, 0]}),
        row(scores={"e": [math.inf]}),
        row(scores={"e": [math.nan]}),
        row(scores={"e": ["x"]}),
        row(scores={"e": 3}),
        row(genome={"x": "\ud800"}),
        row(genome=3),
        row(night="1"),
        row()[:-1] + f', "more": {DEEP}}}',
        DEEP,
        HUGE,
    ],
    ids=lambda line: first(line, 80),
)
def test_what_is_no_search_of_an_earlier_night_is_left_out(tmp_path, line):
    path = tmp_path / "searches.jsonl"
    path.write_text(f"{line}\n{row(scores={'e': ['1', 2, 3, 0]})}\n")
    ((genome, scores),) = Archive(path, "a").before(2)[0].items()
    assert (genome, scores["e"].quality) == (Genome({"x": 1}), 1.0)


FLOOD = "[" + "[]," * (8 << 20) + "[]]"


def test_notes_that_are_too_large_are_none(folder, tmp_path):
    folder.path.mkdir()
    (folder.path / "night.json").write_text(NOTE % (12000, "1e9", f'{{"a": {FLOOD}}}'))
    (tmp_path / "sides.json").write_text(f'{{"held_out": {FLOOD}, "searched": []}}')
    (tmp_path / "served.json").write_text(f'{{"about": "a", "arms": {{}}, "more": {FLOOD}}}')
    assert folder.night(now=1e9 + 60).number == 11574
    assert sides_of(None, tmp_path / "sides.json").held_out == frozenset()
    assert ServedGenomes(tmp_path / "served.json", "a").dropped == frozenset()


def test_a_file_of_many_rows_teaches_no_more_than_the_latest(tmp_path):
    path = tmp_path / "searches.jsonl"
    count = archive.MOST + 10
    path.write_text("".join(row(genome={"x": number}) + "\n" for number in range(count)))
    (found,) = Archive(path, "a").before(2)
    assert list(found) == [Genome({"x": number}) for number in range(10, count)]


def test_no_more_arms_are_known_than_the_latest(tmp_path):
    path = tmp_path / "served.json"
    told = ServedGenomes(path, "a")
    count = served.MOST + 10
    told.note({f"arm{number}": Genome({"x": number}) for number in range(count)})
    told.note({"arm20": Genome({"x": 20}), "new": Genome({"x": -1})}, dropped=["arm20"])
    arms = list(json.loads(path.read_text())["arms"])
    assert (len(arms), arms[0], arms[-2:]) == (served.MOST, "arm11", ["arm20", "new"])
    noted = json.loads(path.read_text())
    noted["arms"] = {f"x{number}": noted["arms"]["arm20"] for number in range(count)}
    path.write_text(json.dumps(noted))
    assert len(ServedGenomes(path, "a")._arms) == served.MOST


def test_a_genome_of_another_search_space_is_like_none_of_this_one():
    kernel = Kernel(SearchSpace({"x": Float(0, 1)}))
    genomes = [Genome({"x": 0.5}), Genome({}), Genome({"x": "half"})]
    likeness = kernel.likeness(genomes, genomes)[0]
    assert likeness[0, 1] < 0.01
    assert likeness[0, 2] < 0.01
