from __future__ import annotations

from typing import Any

import pytest

from pytest_promptevo.prompt import (
    Completion,
    Exchange,
    Message,
    Output,
    OutputSpec,
    Prompt,
    Request,
    converse,
)

JSON = OutputSpec(format="json")
TYPED = OutputSpec(
    format="json", schema={"type": "object", "properties": {"n": {"type": "integer"}}}
)
GENOME: dict[str, Any] = {"model": "primary"}


def talk(spec: OutputSpec, *answers: str, **genome: Any) -> Exchange:
    coming = iter(answers)
    prompt = Prompt(spec, {"primary": "m"})
    request = prompt.request_of(GENOME, (Message("user", "q"),))
    return converse(
        prompt, GENOME | genome, request, lambda _request: Completion(next(coming), 3, 2, 1.5)
    )


@pytest.mark.parametrize(
    ("answers", "repairs", "valid"),
    [
        (['{"n": 1}'], 0, True),
        (['```{"n": 1}```'], 1, True),
        (["x", '{"n": 1}'], 1, True),
        (["x", '```{"n": 1}```'], 2, True),
        (["x", "x", '{"n": 1}'], 2, True),
        (["x", "x", '```{"n": 1}```'], 3, True),
        (["x", "x", "x"], 2, False),
    ],
)
def test_each_round_of_repair_counts(answers: list[str], repairs: int, valid: bool) -> None:
    done = talk(JSON, *answers)
    assert (done.output.valid, done.repairs) == (valid, repairs)
    assert [turn.completion.text for turn in done.turns] == answers


def test_no_repairs_may_be_allowed() -> None:
    done = talk(OutputSpec(format="json", max_repairs=0), "x")
    assert (done.output.valid, done.repairs) == (False, 0)


def test_asking_again_shows_the_answer_and_what_is_wrong() -> None:
    asked = talk(TYPED, '{"n": "1"}', '{"n": 1}').requests
    assert [turn.role for turn in asked[1].messages] == ["user", "assistant", "user"]
    assert asked[1].messages[1].content == '{"n": "1"}'
    assert "data.n must be integer" in asked[1].messages[2].content


def test_an_empty_answer_is_asked_about_too() -> None:
    done = talk(OutputSpec(), "", "4")
    assert (done.repairs, done.requests[1].messages[1].content) == (1, "(no answer)")


def test_thoughts_are_left_out_where_the_genome_asks_for_them() -> None:
    assert talk(OutputSpec(), "1 + 1.\nAnswer: 2", cot=True).text == "2"


def test_an_exchange_tells_what_it_took() -> None:
    done = talk(JSON, "x", '{"n": 1}')
    assert (done.data, done.text) == ({"n": 1}, '{"n": 1}')
    assert (done.tokens, done.latency_ms, len(done.requests)) == (10, 3.0, 2)
    assert not done.is_cut


def test_an_exchange_without_turns_took_nothing() -> None:
    done = Exchange(Output("said", "said"), 0)
    assert (done.tokens, done.latency_ms, done.requests, done.is_cut) == (0, 0, (), False)


def test_a_last_answer_that_was_cut_off_is_told() -> None:
    prompt = Prompt(OutputSpec(), {"primary": "m"})
    request = Request("m", (Message("user", "q"),))
    done = converse(prompt, GENOME, request, lambda _request: Completion("a", 1, 1, 1.0, "length"))
    assert done.is_cut
