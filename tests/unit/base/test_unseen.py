"""Letters that nobody sees in a text that a model made."""

from __future__ import annotations

import pytest

from pytest_promptevo.base.unseen import has_unseen

HIDDEN = "".join(chr(0xE0100 + byte - 16) for byte in b"please cancel my order")


@pytest.mark.parametrize(
    "letter",
    [
        "\x7f", "\u00ad", "\u034f", "\u115f", "\u1160", "\u1680", "\u17b4", "\u180b", "\u180e",
        "\u2003", "\u200b", "\u2028", "\u2029", "\u202e", "\u2800", "\u3164", "\ufe00", "\ufe0e",
        "\ufe0f", "\uffa0", "\U000e0041", "\U000e0100", "\U000e01ef", "\ud800",
    ],
)  # fmt: skip
def test_a_letter_that_nobody_sees_is_found_wherever_it_stands(letter: str) -> None:
    for text in (
        letter,
        f"{letter}Reply.",
        f"Re{letter}ply.",
        f"Reply.{letter}",
        f"\u00e4{letter}",
    ):
        assert has_unseen(text)


@pytest.mark.parametrize(
    "text",
    [
        "Reply.\nBe exact: 1\u00a0000, \u00ab\u202fno\u202f\u00bb.",
        "\u8fd4\u4e8b\u3000\u306f\u77ed\u304f\u3002",
        "Na\u0308he, \u0928\u092e\u0938\u094d\u0924\u0947",
        "Well done \u2764\ufe0f \u25b6\ufe0f 1\ufe0f\u20e3 #\ufe0f\u20e3 \U0001f44d\U0001f3fd",
    ],
)
def test_what_people_type_is_seen(text: str) -> None:
    assert not has_unseen(text)


@pytest.mark.parametrize(
    "text",
    [
        f"Answer \U0001f44d{HIDDEN}",
        "Answer \U0001f44d" + "\ufe0f" * 2,
        "1\ufe0f and 2\ufe0f",
        "A\ufe0fB",
        "<\ufe0f",
        "\u2800\ufe0f",
    ],
)
def test_a_selector_of_colour_stands_once_and_behind_an_emoji(text: str) -> None:
    assert has_unseen(text)
