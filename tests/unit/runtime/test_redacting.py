"""What of a failure is kept where the application has a ``redact``."""

from __future__ import annotations

import pytest

from pytest_promptevo.runtime import reporting
from pytest_promptevo.runtime.reporting import NOT_GIVEN, make_queued
from pytest_promptevo.state.records import Queued
from pytest_promptevo.state.warner import Warner

INPUTS, ANSWER = {"m": "I am Jane Roe"}, "Dear Jane Roe"


def queued(redact, inputs=INPUTS, answer=ANSWER):
    return make_queued(redact, inputs, answer, NOT_GIVEN)


@pytest.fixture(autouse=True)
def _warns_at_once(monkeypatch):
    monkeypatch.setattr(reporting, "_warner", Warner(reporting._warner._logger))


@pytest.mark.parametrize(
    "redact",
    [
        lambda inputs: {**inputs, "m": "removed"},
        lambda inputs, mask="removed": {**inputs, "m": mask},
        lambda *inputs: {**inputs[0], "m": "removed"},
    ],
)
def test_an_answer_that_redact_does_not_see_is_not_kept(redact):
    assert queued(redact) == Queued('{"m":"removed"}', None, None)


def test_an_answer_is_kept_as_redact_returns_it():
    def redact(inputs, answer):
        return {**inputs, "m": "removed"}, answer.replace("Jane Roe", "N. N.")

    assert queued(redact) == Queued('{"m":"removed"}', "Dear N. N.", None)
    assert queued(lambda _inputs, _answer: None) is None
    assert queued(lambda _inputs, answer: (None, answer)) is None


def test_an_answer_without_inputs_is_not_kept():
    assert queued(lambda inputs: inputs, inputs=None) == Queued(None, None, None)
    assert queued(lambda inputs, answer: (inputs, answer), inputs=None) == Queued(None, None, None)


def test_a_failure_without_inputs_is_warned_of(caplog):
    assert make_queued(None, None, None, "48213") == Queued(None, None, '"48213"')
    assert "a failure without inputs was queued" in caplog.text


def test_a_redact_in_c_is_given_the_inputs_alone():
    assert queued(dict) == Queued('{"m":"I am Jane Roe"}', None, None)


@pytest.mark.parametrize("told", [INPUTS, (INPUTS,), (INPUTS, 3), ("Jane Roe", "x")])
def test_what_is_no_pair_is_not_queued(told, caplog):
    assert queued(lambda _inputs, _answer: told) is None
    assert "a failure was not queued" in caplog.text
    assert "Jane Roe" not in caplog.text


def test_of_a_redact_that_raises_its_message_is_not_logged(caplog):
    def redact(inputs):
        raise KeyError(inputs["m"])

    assert queued(redact) is None
    assert "a failure was not queued: KeyError" in caplog.text
    assert "Jane Roe" not in caplog.text


def test_values_that_are_no_json_are_not_logged(caplog):
    assert queued(None, inputs={"m": {"Jane Roe"}}) is None
    assert "a failure was not queued" in caplog.text
    assert "Jane Roe" not in caplog.text
