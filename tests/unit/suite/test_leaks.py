"""What is refused of a text that was made: quotations, answers, broken placeholders."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.prompt import Example, OutputSpec
from pytest_promptevo.suite import leaks
from pytest_promptevo.suite.leaks import TextGuard

SEED = "Extract the order number from {{message}}."
EXAMPLES = [
    Example("a", {"message": "Hello, where is my parcel SO-2024-118? Thanks."}, "SO-2024-118"),
    Example("b", {"message": "Cancel order 90417"}, 90417),
    Example("c", {"message": "hi", "notes": ["the blue bicycle of my aunt"]}, {"who": "Marlene"}),
]  # fmt: skip
SHOT = Example("s", {"message": "please find the receipt in the annex"}, "KX77")


def judge(*seeds: str, output: OutputSpec | None = None, **more: Any) -> TextGuard:
    examples = more.get("examples", EXAMPLES)
    return TextGuard(seeds or (SEED,), examples, {"s": SHOT}, output or OutputSpec())


@pytest.mark.parametrize(
    "text",
    [
        "Read {{message}} and reply with the order number.",
        "{{ message }}\nReply with the number alone, e.g. digits.",
        "Extract the order number from {{message}}. Use JSON: {} if there is none.",
    ],
)
def test_harmless_texts_pass(text: str) -> None:
    assert judge()(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Reply with the number.", "placeholders"),
        ("{{message}} {{message}}", "placeholders"),
        ("{{message}} {{secret}}", "placeholders"),
        ("{message}", "placeholders"),
        ("{{message}} {{order-number}}", "double braces"),
        ("{{message}} }}", "double braces"),
        ("{{message}}: if they ask WHERE is -- my parcel, so.", "words in a row"),
        ("{{message}} the blue bicycle of my aunt", "words in a row"),
        ("{{message}} Please find the receipt in it", "words in a row"),
        ("{{message}} For cancel order 90417 write it.", "answer|whole input"),
        ("{{message}} It may be 90417.", "answer"),
        ("{{message}} It may be 9 0 4 1 7.", "answer"),
        ("{{message}} It may be SO 2024/118.", "answer"),
        ("{{message}} It may be so2024118!", "answer"),
        ("{{message}} The name is MARLENE.", "answer"),
        ("{{message}} The name is Mar\u200blene.", "answer"),
        ("{{message}} Such as KX-77.", "answer"),
    ],
)
def test_what_breaks_or_tells_is_refused(text: str, said: str) -> None:
    import re

    assert re.search(said, judge()(text)), judge()(text)


QUOTE = "please cancel my secret order number quickly today"
DISGUISED = {
    "joined by lines": QUOTE.replace(" ", "_"),
    "joined by symbols": QUOTE.replace(" ", "+"),
    "run together": QUOTE.replace(" ", ""),
    "half run together": "pleasecancel mysecret ordernumber",
    "letter by letter": " ".join(QUOTE),
    "symbols between": " \u2192 ".join(QUOTE.split()),
    "fillers": QUOTE.replace(" ", "\u3164"),
    "braille": QUOTE.replace(" ", "\u2800"),
    "joiners": "\u034f".join(QUOTE),
    "marks": "".join(f"{letter}\u0323" for letter in QUOTE),
    "accents": QUOTE.replace("e", "\u00e9"),
    "cyrillic": QUOTE.replace("e", "\u0435"),
    "greek": QUOTE.upper().replace("O", "\u039f"),
    "circles": "".join(chr(0x24D0 + ord(each) - 97) if each != " " else each for each in QUOTE),
}


@pytest.mark.parametrize("text", DISGUISED.values(), ids=DISGUISED)
def test_a_disguised_quotation_is_one(text: str) -> None:
    guard = judge("Sort.", examples=[Example("a", {"message": QUOTE}, "x")])
    assert "words in a row" in guard(f"Sort it. {text}")
    assert judge(f"Sort. {text}", examples=[Example("a", {"message": text}, "x")])(text) == ""


def test_an_example_of_other_letters_is_quoted_in_plain_ones() -> None:
    typed = "plea\u00adse\u00a0can\u200bcel\u2028my s\u00e9cret \uff4frder"
    guard = judge("Sort.", examples=[Example("a", {"message": typed}, "x")])
    assert "words in a row" in guard("Sort it. Please cancel my secret order.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Montgomery", "It is Montgomery's."),
        ("Montgomery", "It is MONTGOMERY\u2019S."),
        ("Montgomery", "It is Mont gomery."),
        ("Montgomery", "It is_Montgomery_now."),
        ("Montgomery", "It is M\u043entgomery."),
        ("Anna", "Ask d'Anna."),
        ("O'Brien", "It is O\u2019Brien's."),
        ("O'Brien", "It is OBrien."),
        ("Anna's", "It is Anna."),
    ],
)
def test_a_disguised_answer_is_one(value: str, text: str) -> None:
    guard = judge("Sort.", examples=[Example("a", {"message": "x"}, value)])
    assert "answer" in guard(text)
    assert judge(f"Sort. {text}", examples=[Example("a", {"message": "x"}, value)])(text) == ""


def test_a_disguised_short_input_is_one() -> None:
    guard = judge("Sort.", examples=[Example("a", {"message": "Cancel secret parcel"}, "x")])
    assert "whole input" in guard("Sort. Say cancelsecret_parcel.")


@pytest.mark.parametrize(
    "text",
    [
        "Sort it. Say which order is meant, and cancel nothing.",
        "Please cancel my order; it costs a restaurant's rest.",
        "It is the customer's own word that counts.",
        "please cancel my secret {} number quickly today",
        "a + b + c + d + e",
    ],
)
def test_what_shares_some_words_or_letters_is_no_quotation(text: str) -> None:
    examples = [
        Example("a", {"message": QUOTE}, "taur"),
        Example("b", {"message": "a b c d e"}, "it's"),
    ]
    assert judge("Sort.", examples=examples)(text) == ""


def test_what_people_wrote_is_no_secret() -> None:
    seed = "Where is my parcel SO-2024-118? {{message}} Marlene"
    assert judge(seed)("{{message}} Where is my parcel SO-2024-118?") == ""
    assert judge(seed)("{{message}} Marlene") == ""


def test_labels_and_enumerated_values_may_be_told() -> None:
    examples = [Example("a", {"m": "x"}, "card_lost"), Example("b", {"m": "y"}, {"kind": "refund"})]
    labels = OutputSpec(format="label", labels=["card_lost"])
    schema = {"type": "object", "properties": {"kind": {"enum": ["refund", "cancel"]}}}
    enum = OutputSpec.model_validate({"format": "json", "schema": schema})
    assert "answer" in judge("Sort.", examples=examples)("Say card_lost.")
    assert judge("Sort.", examples=examples, output=labels)("Say card_lost.") == ""
    assert "answer" in judge("Sort.", examples=examples, output=labels)("Say refund.")
    assert judge("Sort.", examples=examples, output=enum)("Say refund.") == ""


def test_short_answers_and_yes_or_no_are_no_secret() -> None:
    examples = [Example("a", {"m": "x"}, "yes"), Example("b", {"m": "y"}, True)]
    assert judge("Is it?", examples=examples)("Answer yes or true.") == ""


def test_examples_that_come_later_count_too() -> None:
    grown = judge().with_examples([Example("n", {"message": "x"}, "Rotterdam")])
    assert judge()("{{message}} Rotterdam") == ""
    assert "answer" in grown("{{message}} Rotterdam")


def test_scripts_without_blanks_are_compared_by_letters() -> None:
    example = Example("a", {"m": "\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc"}, "x")
    guard = judge("Find.", examples=[example])
    assert "words in a row" in guard("Find \u8ba2\u5355\u5728\u54ea\u91cc.")


def test_examples_too_large_to_compare_with_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "MOST_WORDS", 10)
    with pytest.raises(SettingsError, match="more than 10 words"):
        judge()("{{message}} one two three four five")
