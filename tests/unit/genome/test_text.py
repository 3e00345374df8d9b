"""Texts that grow: how they are cut, edited, kept apart and compared."""

from __future__ import annotations

import time

import numpy as np
import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome import Birth, SearchSpace, Text
from pytest_promptevo.genome.sentences import cosine, jaccard, tidy, units
from pytest_promptevo.genome.text import CHARS, STOCK

THREE = "Read the mail. Find the order number! Reply with it alone."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (THREE, ["Read the mail.", "Find the order number!", "Reply with it alone."]),
        ("One sentence", ["One sentence"]),
        ("Use e.g. Paris. Then stop.", ["Use e.g. Paris.", "Then stop."]),
        ("Version 1.5 is fine. OK", ["Version 1.5 is fine.", "OK"]),
        ('Say "No." Then wait.', ['Say "No."', "Then wait."]),
        ("It ends. with a small letter", ["It ends. with a small letter"]),
        ("Rules:\n- a. B.\n- c\n\nEnd.", ["Rules:", "- a. B.", "- c\n", "End."]),
        ("\u4eca\u5929\u3002\u660e\u5929\u3002", ["\u4eca\u5929\u3002", "\u660e\u5929\u3002"]),
    ],
)
def test_texts_are_cut_into_lines_or_sentences(text: str, parts: list[str]) -> None:
    assert units(text) == parts


@pytest.mark.parametrize("part", ["Dr. ", "(approx. ", "! ", '."', "\u3002", ". \n"])
def test_a_text_of_nothing_but_ends_of_sentences_is_cut_in_a_moment(part: str) -> None:
    begin = time.process_time()
    assert tidy(part * 100_000)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    "text", ["See approx. Paris", "(approx. Paris", "approx. Paris", "A. Paris"]
)
def test_a_short_form_ends_no_sentence(text: str) -> None:
    assert units(text) == [text]
    assert units(f"x{text}. Then stop.")[-1] == "Then stop."


def test_a_word_that_ends_like_a_short_form_ends_a_sentence() -> None:
    assert units("Xapprox. Paris") == ["Xapprox.", "Paris"]
    assert units("Bring a vest. Paris") == ["Bring a vest.", "Paris"]


def test_what_is_grown_has_one_sentence_a_line() -> None:
    assert tidy(THREE) == "Read the mail.\nFind the order number!\nReply with it alone."
    assert tidy(tidy(THREE)) == tidy(THREE)
    assert tidy("A.\n\n\nB. C.") == "A.\n\nB. C."
    assert tidy(" ") == ""


def test_an_edit_drops_a_sentence_or_adds_one_and_says_so() -> None:
    gene, rng = Text([THREE]), np.random.default_rng(1)
    made = {gene.step(THREE, rng) for _ in range(200)}
    sentences = units(THREE)
    dropped = {"\n".join(sentences[:at] + sentences[at + 1 :]) for at in range(3)}
    added = {"\n".join([*sentences, each]) for each in STOCK}
    assert made == dropped | added
    for text in made:
        operator = "drop" if text in dropped else "add"
        assert gene.family.births[text] == Birth(operator, (THREE,))
        assert gene.check(text) == text


def test_two_texts_are_crossed_by_sentences() -> None:
    other = "Find the order number! Be quick."
    gene, rng = Text([THREE, other]), np.random.default_rng(2)
    made = {gene.cross(THREE, other, rng) for _ in range(300)}
    assert {THREE, other} < made
    for text in made - {THREE, other}:
        assert set(units(text)) <= {*units(THREE), *units(other)}
        assert len(set(units(text))) == len(units(text))
        assert gene.family.births[text].operator == "cross"


def test_nothing_is_made_that_the_judge_refuses() -> None:
    gene = Text([THREE], problem=lambda text: "no" if "alone" in text else "")
    rng = np.random.default_rng(3)
    made = {gene.step(THREE, rng) for _ in range(100)}
    assert made == {THREE, "Read the mail.\nFind the order number!"}
    with pytest.raises(ValueError, match="cannot be a text of it: no"):
        gene.check("Do it alone.")
    assert gene.check(THREE) == THREE, "what people wrote is not judged"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" \n", "empty"),
        ("x" * (CHARS + 1), "401 letters, and 400 are allowed"),
        ("a\u202eb", "letters that nobody sees"),
        ("a\x1b[31mb", "letters that nobody sees"),
        ("a\u200bb", "letters that nobody sees"),
        ("a\u3164b", "letters that nobody sees"),
        ("Do \U0001f44d\U000e0162\U000e0163", "letters that nobody sees"),
    ],
)
def test_what_no_text_may_be(text: str, said: str) -> None:
    gene = Text(["Do it."])
    assert said in gene.add(text, Birth("reflect", ("Do it.",)))
    with pytest.raises(ValueError, match=said):
        gene.check(text)
    assert gene.pool == ("Do it.",)


def test_copies_are_not_added_and_there_is_an_end() -> None:
    gene = Text(["Extract the order number from the message."], by="proposer", max=2)
    birth = Birth("reflect", ("Extract the order number from the message.",))
    assert "there already" in gene.add("extract the ORDER number, from the message", birth)
    assert "nearly the same" in gene.add("Extract the order number from the messages.", birth)
    assert gene.add("Reply with digits.", birth) == ""
    assert gene.add("Name the number alone.", birth) == ""
    assert gene.add("Another one altogether?", birth) == "2 texts were added already"
    assert gene.pool[1:] == ("Reply with digits.", "Name the number alone.")
    assert gene.step(gene.pool[0], np.random.default_rng(0)) != gene.pool[0]


def test_a_search_begins_with_what_people_wrote() -> None:
    gene = Text(["A.", "B."], by="x", max=3, chars=50)
    gene.add("Something else.", Birth("rewrite", ("A.",)))
    fresh = SearchSpace({"text": gene}).fresh()["text"]
    assert isinstance(fresh, Text)
    assert (fresh.pool, fresh.by, fresh.max, fresh.chars) == (("A.", "B."), "x", 3, 50)
    assert fresh.family.births == {}
    assert [fresh.at(each, np.random.default_rng(0)) for each in (0, 0.4, 0.5, 0.99)] == [
        "A.", "A.", "B.", "B.",
    ]  # fmt: skip


def test_relatives_and_texts_that_say_the_same_are_alike() -> None:
    gene = Text(["Find the number.", "Sort the mail by its subject."])
    gene.family.note("Find the number.\nBe exact.", Birth("add", ("Find the number.",)))
    gene.family.note("Write digits.", Birth("rewrite", ("Find the number.\nBe exact.",)))
    seed, other = gene.texts
    same = gene.likeness(seed, seed)
    child = gene.likeness(seed, "Find the number.\nBe exact.")
    grandchild = gene.likeness(seed, "Write digits.")
    stranger = gene.likeness(other, "Write digits.")
    assert 1.0 == same > child > grandchild > stranger == 0.0


def test_likenesses_are_those_of_a_kernel() -> None:
    gene, rng = Text([THREE, "Sort it. Be brief.", "Be exact. Be brief."]), np.random.default_rng(5)
    texts = list(gene.texts)
    early = {}
    for _ in range(60):
        first, second = (texts[int(each)] for each in rng.integers(len(texts), size=2))
        early[first, second] = gene.likeness(first, second)
        texts.append(gene.cross(first, gene.step(second, rng), rng))
    texts = list(dict.fromkeys(texts))
    matrix = np.array([[gene.likeness(a, b) for b in texts] for a in texts])
    assert all(gene.likeness(*pair) == found for pair, found in early.items())
    assert len(texts) > 15
    assert np.allclose(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min() > -1e-9


def test_similarities_are_between_0_and_1() -> None:
    assert jaccard("Find it!", "find it") == cosine("Find it!", "find it") == pytest.approx(1.0)
    assert jaccard("abc", "xyz") == cosine("abc", "xyz") == 0.0
    assert jaccard("", "") == 1.0
    assert cosine("", "x") == 0.0


@pytest.mark.parametrize(
    "arguments",
    [{"texts": []}, {"texts": "a"}, {"texts": ["a", "a"]}, {"texts": [3]},
     {"texts": ["a"], "max": 0}, {"texts": ["a"], "chars": 0}, {"texts": ["a"], "chars": 10**6},
     {"texts": ["a"], "max": 1.5}],
)  # fmt: skip
def test_what_makes_no_gene_is_told(arguments: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        Text(**arguments)  # type: ignore[arg-type]


def test_a_long_text_of_the_users_may_be_edited() -> None:
    assert Text(["Be kind. " * 100]).chars == 900
    assert Text(["Be kind. " * 100], chars=300).chars == 300


def test_a_text_keeps_its_place_among_its_relatives() -> None:
    gene = Text(["A b c."])
    alone = gene.likeness("Later.", "A b c.")
    gene.family.note("Later.", Birth("rewrite", ("A b c.",)))
    assert gene.likeness("Later.", "A b c.") == alone == 0.0
    assert "Later." not in gene.family.births
    gene.family.note("Child.", Birth("rewrite", ("A b c.",)))
    gene.family.note("A b c.", Birth("rewrite", ("Child.",)))
    assert list(gene.family.births) == ["Child."]
