from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
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


def test_a_recording_of_a_request_fits_it() -> None:
    request = Request("m", (Message("user", "x"),), {"temperature": 0.7}, {"type": "object"}, 3)
    assert Recording.of(request, "sha256:1", Completion("", 0, 0, 0, "length", 0, 0)).misfit() == ""


@pytest.mark.parametrize("field", ["key", "messages", "params", "model"])
def test_nothing_of_a_request_can_be_edited_alone(field: str) -> None:
    recorded = make_recording()
    forged = replace(recorded, **{field: getattr(recorded, field) + "x"})  # type: ignore[arg-type]
    assert forged.misfit() == "the key is not that of its model, messages and params"


COUNTS = ["prompt_tokens", "completion_tokens", "max_tokens", "cached_tokens"]
TIMES = ["latency_ms", "prompt_ms"]


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        (COUNTS, 1.5),
        (COUNTS, np.int64(1)),
        (COUNTS, [1]),
        *(([*COUNTS, *TIMES], value) for value in (-1, 10**30, True, "1", b"1")),
        *((TIMES, value) for value in (float("nan"), float("inf"), 1e10)),
        (["prompt_tokens", "completion_tokens", "latency_ms"], None),
        (["key", "messages", "params", "model", "text"], b"bytes"),
        (["key", "messages", "params", "model", "text"], None),
        (["finish"], "error"),
        (["finish"], []),
    ],
)
def test_a_figure_that_cannot_be_is_named(fields: list[str], value: Any) -> None:
    for field in fields:
        forged = replace(make_recording(), **{field: value})
        assert forged.misfit().startswith(f"{field} is "), field


def test_an_engine_caches_no_more_than_the_prompt() -> None:
    assert make_recording(completion_tokens=20, max_tokens=16).misfit() == ""
    assert make_recording(completion_tokens=17, max_tokens=None).misfit() == ""
    assert make_recording(completion_tokens=21, max_tokens=16).misfit() == (
        "completion_tokens (21) are more than max_tokens"
    )
    assert make_recording(prompt_tokens=5, cached_tokens=5).misfit() == ""
    assert make_recording(prompt_tokens=5, cached_tokens=6).misfit() == (
        "cached_tokens (6) are more than prompt_tokens"
    )
