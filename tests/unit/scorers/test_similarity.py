from __future__ import annotations

from pathlib import Path

import pytest

from pytest_promptevo.prompt import Example, Output
from pytest_promptevo.scorers import build, similarity


def score(text: str, expected: object = "We open at nine in the morning.", **options: object):
    pytest.importorskip("wordllama")
    scorers = build([{"similarity": options}], {}, Path())
    return scorers.score(Output(text, text), Example("a", {}, expected))


def test_what_means_the_same_is_nearer_than_what_does_not() -> None:
    same = score("Our opening time is nine am.", enough=1).quality
    other = score("The parcel was lost on its way.", enough=1).quality
    assert same > other + 0.2


def test_enough_is_right_and_less_is_its_cosine() -> None:
    assert score("We open at nine in the morning!") == (1.0, "")
    near = score("The parcel was lost on its way.")
    assert 0 <= near.quality < 0.8
    assert near.reason.startswith(f"similarity {near.quality:g} to 'We open")


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_text_is_worth_nothing(text: str) -> None:
    assert score(text).quality == 0
    assert score("a", expected="").quality == 0


@pytest.mark.parametrize(
    "text", ["\x00", "a\ud800", "👋" * 1000, "a " * 300_000, "\u202e::error::"]
)
def test_any_text_has_a_score(text: str) -> None:
    assert 0 <= score(text).quality <= 1


@pytest.mark.parametrize(
    "letter", ["\U0001f9d1", "\ufdfa", "\U0001f469\u200d\U0001f467", "\x01", "a "]
)
def test_long_texts_take_few_tokens_whatever_their_letters(
    monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    score("warm")
    model = similarity._model()
    seen: list[str] = []

    def remembered(*texts: str) -> float:
        seen.extend(texts)
        return 0.5

    monkeypatch.setattr(model, "similarity", remembered)
    score(letter * 100_000, expected=f"b{letter * 100_000}")
    assert len(seen) == 2
    for text in seen:
        assert f"b{letter * 100_000}".find(text) in (0, 1)
        assert 10_000 < len(model.tokenize(text)[0].ids) <= 32_001


@pytest.mark.parametrize("enough", [0, 1.5, "x", True])
def test_a_wrong_option_is_refused(enough: object) -> None:
    with pytest.raises(ValueError, match="enough must be a number above 0"):
        similarity.similarity(enough=enough)  # type: ignore[arg-type]


def test_without_the_package_the_suite_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity, "find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=r"options of similarity: it needs a package .*pip"):
        build(["similarity"], {}, Path())
