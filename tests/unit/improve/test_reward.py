from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.fitness import Objectives, Score
from pytest_promptevo.improve.reward import reward_scale

scores = st.builds(
    Score, quality=st.floats(0, 1), latency_ms=st.floats(0, 5000), tokens=st.integers(0, 900)
)
genomes = st.lists(st.lists(scores, min_size=1, max_size=30), min_size=1, max_size=4)


def test_without_costs_the_reward_is_the_quality() -> None:
    scale = reward_scale(Objectives({"quality": 2.0}), [[Score(1.0, 99), Score(0.25, 3)]])
    assert (scale.low, scale.high) == (0.0, 2.0)
    assert scale.reward(0.5) == 0.25


def test_a_failure_at_the_highest_usual_costs_is_worth_nothing() -> None:
    objectives = Objectives({"quality": 1.0, "tokens": -0.001})
    cheap = [Score(1.0, 0, tokens) for tokens in range(100, 201)]
    dear = [Score(1.0, 0, tokens) for tokens in range(300, 401)]
    scale = reward_scale(objectives, [cheap, dear])
    assert scale.low == pytest.approx(-0.395)
    assert scale.high == pytest.approx(1 - 0.105)


@given(genomes)
def test_right_answers_are_told_from_wrong_ones_of_the_same_costs(
    made: list[list[Score]],
) -> None:
    objectives = Objectives({"quality": 1.0, "latency_ms": -0.001, "tokens": -0.0005})
    scale = reward_scale(objectives, made)
    assert scale.high - scale.low >= 1.0 - 1e-9
    for score in (each for scored in made for each in scored):
        cost = score.quality - objectives.fitness(score)
        if -scale.low >= cost >= 1.0 - scale.high:
            gained = scale.reward(1 - cost) - scale.reward(-cost)
            assert gained == pytest.approx(1 / (scale.high - scale.low))
