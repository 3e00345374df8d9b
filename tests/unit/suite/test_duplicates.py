from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from pytest_promptevo.evolve import split
from pytest_promptevo.prompt import Example
from pytest_promptevo.suite import duplicates, near_index, near_texts, shingles
from pytest_promptevo.suite.duplicates import Duplicates, Twins, may_overlap

from .planting import planted

GOLDEN = Path(__file__).resolve().parents[3] / "example_project" / "golden"
LONG = "Hello, the parcel that I ordered from you last week has still not come to my new address"
MORE = (
    "My card was swallowed by the machine at the station this morning",
    "Can you tell me which documents I need to open an account for my son",
    "The heating in our flat makes a noise like a kettle every single night",
    "Why does the app ask me for a code that nobody has ever sent to me",
)


def examples(*texts: Any) -> list[Example]:
    return [Example(f"e{index}", {"m": text}) for index, text in enumerate(texts)]


def grouped(rows: list[Example]) -> list[int]:
    return duplicates.grouped(rows)[0]


def are_near(one: Any, other: Any) -> bool:
    groups = grouped(examples(one, *MORE, other))
    assert groups[1:-1] == [1, 2, 3, 4]
    return groups[0] == groups[-1]


@pytest.fixture(scope="module")
def own_messages() -> list[str]:
    """The messages of the example project, all of which differ."""
    return [
        json.loads(line)["inputs"]["message"]
        for path in sorted(GOLDEN.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


def test_what_people_wrote_is_no_duplicate(own_messages: list[str]) -> None:
    assert len(own_messages) > 200
    assert grouped(examples(*own_messages)) == list(range(len(own_messages)))


@pytest.mark.parametrize("seed", range(5))
def test_planted_groups_are_found_and_not_torn_apart(own_messages: list[str], seed: int) -> None:
    draw = planted(own_messages, random.Random(seed))
    groups = grouped(draw.examples)
    assert len(draw.examples) == 200
    assert draw.found(groups) >= 19, draw.missed(groups)
    assert len(draw.others(groups)) <= 1
    parts = split(range(200), seed, groups=groups)
    assert not {groups[index] for index in parts.search} & {groups[i] for i in parts.confirm}


@pytest.mark.parametrize(
    "other",
    [
        LONG.upper(),
        f"{LONG}.",
        LONG.replace(" ", "  "),
        LONG.replace("week", "month"),
        LONG.replace("parcel", "pracel"),
        LONG.replace("still ", ""),
        f"{LONG}, please",
    ],
)
def test_one_edit_keeps_an_example_the_same(other: str) -> None:
    assert are_near(LONG, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG, "The parcel was damaged when it came to my address"),
        ("Classify: good", "Classify: bad"),
        ("turn on the light", "turn off the light"),
        ("set an alarm for Monday", "set an alarm for Sunday"),
        ("translate cat into russian", "translate bowl into russian"),
        (
            "my order 1017 is late and I want to know why",
            "my order 1018 is late and I want to know why",
        ),
        (f"{LONG} 17", f"{LONG} 18"),
        ("send it from me to her", "send it from her to me"),
        ("", "x"),
    ],
)
def test_what_differs_is_another_example(one: str, other: str) -> None:
    assert not are_near(one, other)


def test_a_frame_that_most_examples_share_makes_no_duplicates() -> None:
    frame = "Classify the sentiment of the following review of a film as good or as bad"
    words = ["thrilling", "sleepy", "gorgeous", "dull", "witty"]
    assert grouped(examples(*(f"{frame}: {word}" for word in words))) == [0, 1, 2, 3, 4]


def test_a_slot_with_three_fillings_makes_no_duplicates() -> None:
    bills = ("hospital", "insurance", "cellphone")
    texts = [f"what is the lowest amount that I can pay for my {bill} bill" for bill in bills]
    assert grouped(examples(*MORE, *texts)) == list(range(7))
    assert grouped(examples(*MORE, *texts[:2])) == [0, 1, 2, 3, 4, 4]


def test_a_long_text_with_another_number_is_the_same() -> None:
    text = " ".join(f"{LONG} {more}" for more in MORE)
    assert len(text.split()) > 100
    assert are_near(f"{text} on day 17", f"{text} on day 18")


def test_every_input_must_be_near() -> None:
    rows = [
        Example("a", {"context": LONG, "question": "Who wrote?"}),
        Example("b", {"context": LONG, "question": "What was ordered?"}),
        Example("c", {"context": f"{LONG}.", "question": "who wrote"}),
        Example("d", {"context": LONG}),
    ]
    assert grouped(rows) == [0, 1, 0, 3]


def test_groups_join_what_is_near_to_one_of_them() -> None:
    words = LONG.split()
    steps = [" ".join(words), " ".join(words[1:]), " ".join(words[2:]), " ".join(words[3:])]
    assert grouped(examples(*steps, *MORE)) == [0, 0, 0, 0, 4, 5, 6, 7]


def test_very_long_texts_are_compared_by_sketches() -> None:
    rng = random.Random(3)
    vocabulary = [
        f"word{'abcdefghij'[index % 10]}{chr(97 + index // 10 % 26)}" for index in range(260)
    ]
    texts = [" ".join(rng.choices(vocabulary, k=4000)) for _ in range(40)]
    edited = texts[7].replace(f" {texts[7].split()[500]} ", " other ", 1)
    groups = grouped(examples(*texts, edited))
    assert groups == [*range(40), 7]


def test_shots_are_told_with_counts() -> None:
    golden, pool = examples(LONG, *MORE, f"{LONG}!"), [Example("s", {"m": f"{LONG}."})]
    found = Duplicates.among(golden, pool)
    assert found.golden == (0, 1, 2, 3, 4, 0)
    assert found.shots == {"e0": ("s",), "e5": ("s",)}
    assert [note.partition(", such")[0] for note in found.notes] == [
        "2 of 6 golden examples are (nearly) the same as another one, in 1 group",
        "1 few-shot example is (nearly) the same as 2 of 6 golden examples",
    ]
    assert Duplicates.among(examples(*MORE), examples(LONG)).notes == ()


def test_what_has_too_much_in_common_is_compared_in_part_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = examples(LONG, f"{LONG} now", *MORE)
    assert not any("in part" in note for note in Duplicates.among(texts, []).notes)
    monkeypatch.setattr("pytest_promptevo.suite.near_texts.MOST_COMPARED", 0)
    found = Duplicates.among(texts, [])
    assert found.golden == tuple(range(len(texts)))
    assert "near-duplicates were looked for in part" in found.notes[0]


@pytest.mark.parametrize("seed", range(10))
def test_the_quick_look_misses_no_group(own_messages: list[str], seed: int) -> None:
    draw = planted(own_messages, random.Random(seed))
    made = draw.examples
    groups = grouped(made)
    for index, group in enumerate(groups):
        if group != index:
            assert may_overlap([made[group]], [made[index]])


def test_the_quick_look_tells_strangers_apart() -> None:
    one, other = examples("Where is my order 48213?", "The weather in Paris is lovely today.")
    assert not may_overlap([one], [other])


def test_pairs_of_long_texts_count_as_many(monkeypatch):
    monkeypatch.setattr(near_texts, "MOST_COMPARED", 300)
    texts = [
        {"message": f"{words_of(f'all{group}')} {words_of(f'own{group}-{member}')}"}
        for group in range(10)
        for member in range(4)
    ]
    assert not near_texts.near_pairs(texts)[1]
    monkeypatch.setattr(near_texts, "MOST_COMPARED", 30_000)
    assert near_texts.near_pairs(texts)[1]


def test_of_too_much_text_only_the_first_is_read_and_that_is_told(monkeypatch):
    texts = examples(*MORE, LONG, f"{LONG} now", f"{LONG} then")
    read = sum(len(each.inputs["m"]) for each in texts[:-1])
    monkeypatch.setattr(shingles, "MOST_READ", read)
    found = Duplicates.among(texts, [])
    assert found.golden == (0, 1, 2, 3, 4, 4, 6)
    assert any("looked for in part" in note for note in found.notes)
    monkeypatch.setattr(shingles, "MOST_READ", read + len(texts[-1].inputs["m"]))
    found = Duplicates.among(texts, [])
    assert found.golden == (0, 1, 2, 3, 4, 4, 4)
    assert not any("looked for in part" in note for note in found.notes)


def test_of_long_texts_a_draft_of_the_shingles_is_kept():
    count = shingles._MOST_CHARACTERS // 4
    text = " ".join(f"{index:x}" for index in range(count))
    frame, other = f"{text} the end", " ".join(f"{index:x}" for index in range(count, 2 * count))
    inputs = [{"m": each} for each in (text, frame, other)]
    assert all(len(each["m"].shingles) <= 256 for each in shingles.Reading(inputs).texts)
    assert near_texts.near_pairs(inputs) == ([(0, 1)], True)


def words_of(name):
    return " ".join(f"{name}-{index}" for index in range(150))


def test_pairs_of_longer_texts_count_as_more(monkeypatch):
    monkeypatch.setattr(near_texts, "MOST_COMPARED", 200)
    texts = [{"message": " ".join(f"{name}{index}" for index in range(4000))} for name in "abc"]
    edited = {"message": f"{texts[0]['message']} more"}
    assert not near_texts.near_pairs([*texts, edited])[1]


def half_alike(count):
    """Texts of which a few shingles are those of half of the others, too few to be compared."""
    ends = [" ".join(f"{half}-{index}" for index in range(11)) for half in ("odd", "even")]
    own = [" ".join(f"own{number}-{index}" for index in range(20)) for number in range(count)]
    return [{"message": f"{text} {ends[number % 2]}"} for number, text in enumerate(own)]


def test_texts_that_are_met_and_never_compared_have_a_bound(monkeypatch):
    texts = half_alike(60)
    assert near_texts.near_pairs(texts) == ([], True)
    monkeypatch.setattr(near_index, "MOST_VISITED", 1_000)
    assert near_texts.near_pairs(texts) == ([], False)


def test_real_files_stay_far_below_that_bound(own_messages):
    index = near_texts.NearTexts([{"message": text} for text in own_messages])
    for texts in index.reading.texts:
        list(index.near(texts))
        index.add(texts)
    left = index._index.left
    assert near_index.MOST_VISITED - left < 1_000 * len(own_messages)


def test_the_twin_of_a_new_example():
    known = [*examples(*MORE, LONG), Example("same", {"m": LONG.upper()})]
    twins = Twins(known)
    assert twins.of(Example("x", {"m": f"{LONG}!"})) == known[len(MORE)]
    assert twins.of(Example("x", {"m": LONG.replace("week", "month")})) == known[len(MORE)]
    stranger = Example("y", {"m": "How do I change the name on my account?"})
    assert twins.of(stranger) is None
    twins.add(stranger)
    assert twins.of(Example("z", {"m": "How do I change the name on my new account"})) == stranger
    assert twins.is_whole
