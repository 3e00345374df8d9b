"""Thoughts never count as the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from misbehaving import Misbehaving, ask, says

from pytest_promptevo.providers.thoughts import answer_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.providers import Provider

CASES = [
    ("42", "42"),
    ("  42\n", "42"),
    ("<think>6 x 7</think>42", "42"),
    ("\n<think>\n6 x 7\n</think>\n\n42\n", "42"),
    ("6 x 7\n</think>\n42", "42"),
    ("<think>6 x", ""),
    ("<think>6 x 7</think>", ""),
    ("<think></think>\n", ""),
    ("The tag <think>a</think> stays", "The tag <think>a</think> stays"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_answer_only(text: str, answer: str) -> None:
    assert answer_only(text) == answer


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_providers_give_the_answer_only(
    text: str, answer: str, provider: Provider, server: Misbehaving
) -> None:
    server.script.append(says(text))
    assert provider.generate(ask()).text == answer


def test_thoughts_that_come_apart_are_dropped(
    server: Misbehaving, make_provider: Callable[..., Provider]
) -> None:
    message = {"role": "assistant", "content": "42"}
    server.script.append(says("", message=message | {"thinking": "6 x 7"}))
    assert make_provider("ollama", server).generate(ask()).text == "42"
    for field in ("reasoning_content", "reasoning"):
        choice = {"message": message | {field: "6 x 7"}, "finish_reason": "stop"}
        server.script.append(says("", choices=[choice]))
        assert make_provider("openai", server).generate(ask()).text == "42"


def test_thoughts_that_use_up_the_tokens_leave_an_empty_answer_that_is_marked_as_cut(
    server: Misbehaving, make_provider: Callable[..., Provider]
) -> None:
    thinking = {"role": "assistant", "content": "", "thinking": "Let me see"}
    server.script.append(says("", message=thinking, done_reason="length"))
    done = make_provider("ollama", server).generate(ask())
    assert (done.text, done.finish) == ("", "length")
    choice = {
        "message": {"content": None, "reasoning_content": "Let me see"},
        "finish_reason": "length",
    }
    server.script.append(says("", choices=[choice]))
    done = make_provider("openai", server).generate(ask())
    assert (done.text, done.finish) == ("", "length")
