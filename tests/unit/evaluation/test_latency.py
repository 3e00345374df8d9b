from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.evaluation.measure import baseline, timed
from pytest_promptevo.evaluation.repeats import merged
from pytest_promptevo.evaluation.speeds import distrust, learn_speed
from pytest_promptevo.fitness import Score, Speed
from pytest_promptevo.prompt import Completion
from unit.support import make_evaluator

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.prompt import Request

GOLDEN = [
    {"id": f"e{number:02}", "inputs": {"message": "so " * number + "11"}, "expected": "11"}
    for number in range(12)
]
REFERENCE = "scripted:answers:echo"
SPEED = Speed(2.0, 8.0, 0.99)


def answer(request: Request) -> Completion:
    tokens = len(request.messages[-1].content.split())
    return Completion("11", tokens, 3, 2.0 * tokens + 24.0)


def evaluator_for(tmp_path: Path, **parts: Any) -> Evaluator:
    return make_evaluator(tmp_path, answer, golden=GOLDEN, **parts)[0]


def forged(evaluation: Evaluation) -> Evaluation:
    asked = [
        replace(each, recording=replace(each.recording, latency_ms=1.0))
        for each in evaluation.asked
    ]
    score = replace(evaluation.score, latency_ms=1.0)
    return replace(evaluation, asked=tuple(asked), score=score, raw_latency_ms=1.0)


def test_a_known_speed_makes_latency_whatever_was_measured(tmp_path: Path) -> None:
    evaluator = evaluator_for(tmp_path)
    genome = evaluator.suite.shipped
    measured = evaluator.evaluate(genome, evaluator.suite.examples[4])
    evaluator.speeds = {REFERENCE: SPEED}
    fast = evaluator.with_latency(genome, forged(measured))
    assert fast.score.latency_ms == 2 * 5 + 8 * 3
    assert fast.measured_ms == 1.0


@pytest.mark.parametrize(
    ("speed", "objectives"),
    [
        (Speed(2.0, 8.0, 0.89), {}),
        (SPEED, {"latency_ms": {"weight": 0.0}}),
    ],
)
def test_latency_stays_as_measured(
    tmp_path: Path, speed: Speed, objectives: dict[str, Any]
) -> None:
    evaluator = evaluator_for(tmp_path, objectives={"quality": {"weight": 1.0}, **objectives})
    evaluator.speeds = {REFERENCE: Speed(9.0, 9.0, speed.r2)}
    done = evaluator.evaluate(evaluator.suite.shipped, evaluator.suite.examples[4])
    assert done.score.latency_ms == 34.0


def test_a_limit_of_latency_makes_it_count(tmp_path: Path) -> None:
    objectives = {"quality": {"weight": 1.0}, "latency_ms": {"weight": 0.0, "max": 50}}
    evaluator = evaluator_for(tmp_path, objectives=objectives)
    evaluator.speeds = {REFERENCE: Speed(9.0, 9.0, 1.0)}
    done = evaluator.evaluate(evaluator.suite.shipped, evaluator.suite.examples[4])
    assert done.score.latency_ms == 9 * 8


def test_a_speed_is_learnt_and_stays(tmp_path: Path) -> None:
    evaluator = evaluator_for(tmp_path)
    genome = evaluator.suite.shipped
    known = baseline(evaluator, genome)
    learnt = learn_speed(evaluator, genome, known)
    speed = evaluator.speeds[REFERENCE]
    assert (speed.prompt_ms, speed.completion_ms) == pytest.approx((2, 8), rel=0.01)
    assert [each.score.latency_ms for each in learnt] == pytest.approx(
        [each.score.latency_ms for each in known], rel=0.01
    )
    learn_speed(evaluator, genome, [forged(each) for each in known])
    assert evaluator.speeds[REFERENCE] == speed
    learn_speed(evaluator, genome, [forged(each) for each in known], anew=True)
    assert evaluator.speeds[REFERENCE] != speed


def test_a_speed_of_other_weights_is_forgotten(tmp_path: Path) -> None:
    evaluator = evaluator_for(tmp_path)
    evaluator.speeds, evaluator.answers.pinned = {REFERENCE: SPEED}, {REFERENCE: "sha256:other"}
    known = baseline(evaluator, evaluator.suite.shipped)
    learn_speed(evaluator, evaluator.suite.shipped, known[:3])
    assert evaluator.speeds == {}


def test_cached_tokens_are_no_work(tmp_path: Path) -> None:
    def cached(request: Request) -> Completion:
        told = answer(request)
        tokens = told.prompt_tokens
        worked_on = tokens // 2 + 1
        return replace(
            told,
            cached_tokens=tokens - worked_on,
            prompt_ms=2.0 * worked_on,
            latency_ms=2.0 * worked_on + 24.0,
        )

    evaluator, _ = make_evaluator(tmp_path, cached, golden=GOLDEN)
    genome = evaluator.suite.shipped
    learnt = learn_speed(evaluator, genome, baseline(evaluator, genome))
    assert evaluator.speeds[REFERENCE] == Speed(2.0, 8.0, 1.0, 12)
    assert learnt[4].score.latency_ms == 34.0
    assert learnt[4].measured_ms == 30.0


@pytest.mark.parametrize("is_told", [False, True])
def test_a_speed_that_misleads_is_distrusted(tmp_path: Path, is_told: bool) -> None:
    evaluator = evaluator_for(tmp_path)
    genome, known = evaluator.suite.shipped, []
    for each in baseline(evaluator, evaluator.suite.shipped):
        (asked,) = each.asked
        told = {"cached_tokens": 0, "prompt_ms": 9.0} if is_told else {}
        slow = replace(asked.recording, latency_ms=5 * asked.recording.latency_ms, **told)
        known.append(replace(each, asked=(replace(asked, recording=slow),)))
    evaluator.speeds = {REFERENCE: SPEED}
    distrust(evaluator, genome, known)
    assert evaluator.speeds[REFERENCE].is_good is is_told


def test_what_is_timed_is_asked_anew_and_once(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, answer, golden=GOLDEN)
    genome, example = evaluator.suite.shipped, evaluator.suite.examples[0]
    evaluator.evaluate(genome, example)
    for purpose in ("a pair", "a pair", "another"):
        timed(evaluator, genome, example, purpose)
    assert len(model.calls) == 3
    evaluator.evaluate(genome, example)
    assert len(model.calls) == 3


def test_draws_have_the_mean_of_what_was_measured() -> None:
    draws = [Evaluation(Score(1.0, 5.0), raw_latency_ms=ms) for ms in (10.0, 20.0)]
    assert merged(draws, 1.0).measured_ms == 15.0
    assert merged([Evaluation(Score(1.0, 5.0))] * 2, 1.0).measured_ms == 5.0
