"""What an engine told of an answer's prompt: kept where it told, and missing in older files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import RecordingError
from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.recording import Answered, Recording, committed_text
from unit.support import load_committed, make_recording

if TYPE_CHECKING:
    from pathlib import Path

TOLD = {"cached_tokens": 3, "prompt_ms": 7.5}


def text_of(**changes: Any) -> str:
    return committed_text([Answered("a", "sha256:0", [(0, make_recording(**changes))])])


def test_what_was_not_told_leaves_a_row_as_it_was() -> None:
    assert not set(TOLD) & set(json.loads(text_of()))
    assert {name: json.loads(text_of(**TOLD))[name] for name in TOLD} == TOLD


@pytest.mark.parametrize("told", [{}, TOLD])
def test_both_are_loaded(tmp_path: Path, told: dict[str, Any]) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text(text_of(**told), "utf-8")
    assert load_committed(path).by_example == {"a": [make_recording(**told)]}


@pytest.mark.parametrize("told", [{"cached_tokens": -1}, {"prompt_ms": -0.5}])
def test_figures_that_cannot_be_are_errors(tmp_path: Path, told: dict[str, Any]) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text(text_of(**told), "utf-8")
    with pytest.raises(RecordingError, match=next(iter(told))):
        load_committed(path)


def test_a_recording_gives_them_back() -> None:
    answer = Completion("a", 9, 1, 12.0, "stop", 3, 7.53)
    request = Request("scripted:a:b", (Message("user", "x"),))
    recording = Recording.of(request, "sha256:1", answer)
    assert recording.completion() == Completion("a", 9, 1, 12.0, "stop", 3, 7.5)


def test_what_is_timed_for_one_thing_has_a_key_of_its_own() -> None:
    def key(purpose: str) -> str:
        return Request("m:n", (Message("user", "x"),), measured_for=purpose).key("sha256:1")

    assert len({key(""), key("a pair"), key("another")}) == 3
