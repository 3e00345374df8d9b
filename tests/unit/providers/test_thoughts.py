from __future__ import annotations

import pytest

from pytest_promptevo.providers.thoughts import answer_only


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("4711", "4711"),
        (" 4711\n", "4711"),
        ("<think>2 + 2</think>\n4", "4"),
        ("2 + 2</think>4", "4"),
        ("<think>2 + 2 never ends", ""),
        ("<think></think>", ""),
        ("4 <think> is a tag", "4 <think> is a tag"),
        ("Write <think>x</think> so.", "Write <think>x</think> so."),
    ],
)
def test_thoughts_are_no_part_of_the_answer(text: str, answer: str) -> None:
    assert answer_only(text) == answer
