from __future__ import annotations

import pytest

from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.recording import Recording
from pytest_promptevo.recording.record import best_for
from unit.support import make_recording


@pytest.mark.parametrize(
    ("finish", "limit", "asked", "serves"),
    [
        ("stop", 16, 16, True),
        ("stop", 16, 4, True),
        ("stop", 16, 3, False),
        ("stop", 16, 99, True),
        ("stop", 16, None, True),
        ("stop", None, None, True),
        ("stop", None, 4, True),
        ("stop", None, 3, False),
        ("length", 4, 4, True),
        ("length", 4, 3, False),
        ("length", 4, 5, False),
        ("length", 4, None, False),
        ("length", None, None, True),
        ("length", None, 4, False),
    ],
)
def test_which_limits_an_answer_of_four_tokens_serves(
    finish: str, limit: int | None, asked: int | None, serves: bool
) -> None:
    assert make_recording(finish=finish, max_tokens=limit).serves(asked) is serves


def test_the_answer_under_the_same_limit_is_best() -> None:
    made = [make_recording(max_tokens=limit) for limit in (None, 8, 32)]
    assert best_for(made, 32) is made[2]
    assert best_for(made, None) is made[0]


def test_else_the_answer_under_the_smallest_limit_is_best() -> None:
    made = [make_recording(max_tokens=limit) for limit in (None, 32, 8)]
    assert best_for(made, 64) is made[2]


def test_none_may_serve() -> None:
    assert best_for([], 8) is None
    assert best_for([make_recording(finish="length", max_tokens=4)], 8) is None


def test_a_recording_is_the_answer_again() -> None:
    request = Request("scripted:a:b", (Message("user", "x"),), {"temperature": 0, "max_tokens": 9})
    answer = Completion("11", 5, 4, 12.3456, "length")
    made = Recording.of(request, "sha256:1", answer)
    assert made.completion() == Completion("11", 5, 4, 12.3, "length")
    assert (made.key, made.max_tokens) == (request.key("sha256:1"), 9)


def test_a_text_that_utf8_cannot_hold_is_made_one_that_it_can() -> None:
    made = Recording.of(Request("m", ()), "d", Completion("a\ud83d", 1, 1, 1.0))
    assert made.text == "a?"
