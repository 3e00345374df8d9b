from __future__ import annotations

import random

import pytest

from pytest_promptevo.fitness.speed import LEAST_R2, LEAST_ROWS, Speed, Timing, explained, fit_speed

PROMPT_MS, COMPLETION_MS = 2.0, 8.0


def took(prompt: float, completion: float, factor: float = 1.0) -> Timing:
    return Timing(
        prompt, completion, factor * (PROMPT_MS * prompt + COMPLETION_MS * completion), None
    )


def rows(count: int = 60, seed: int = 1) -> list[Timing]:
    rng = random.Random(seed)
    return [took(rng.randint(40, 400), rng.randint(4, 60)) for _ in range(count)]


def with_prompt_ms(row: Timing) -> Timing:
    return row._replace(prompt_ms=row.latency_ms - COMPLETION_MS * row.completion_tokens)


@pytest.mark.parametrize("is_told", [False, True])
def test_rates_are_found(is_told: bool) -> None:
    found = fit_speed([with_prompt_ms(row) for row in rows()] if is_told else rows())
    assert (found.prompt_ms, found.completion_ms) == pytest.approx((2, 8), rel=0.01)
    assert found.r2 > 0.999
    assert found.n == 60


@pytest.mark.parametrize("factor", [0.1, 10, 1000])
@pytest.mark.parametrize("is_told", [False, True])
def test_a_fifth_of_the_answers_may_be_off(factor: float, is_told: bool) -> None:
    given = rows()
    for index in range(0, 60, 5):
        row = given[index]
        given[index] = row._replace(latency_ms=factor * row.latency_ms)
    if is_told:
        given = [
            row._replace(prompt_ms=min(row.latency_ms, 2 * row.prompt_tokens)) for row in given
        ]
    found = fit_speed(given)
    assert (found.prompt_ms, found.completion_ms) == pytest.approx((2, 8), rel=0.1)
    assert found.is_good


def test_prompts_of_one_length_and_answers_of_one_length_are_predicted() -> None:
    found = fit_speed([took(200, 10)] * 20)
    assert found.latency_ms(200, 10) == pytest.approx(480, rel=0.01)
    assert found.prompt_ms == pytest.approx(found.completion_ms, rel=0.01)
    assert found.is_good


def test_the_engines_own_figures_tell_rates_apart_that_tokens_cannot() -> None:
    found = fit_speed([with_prompt_ms(took(200, 10))] * 20)
    assert (found.prompt_ms, found.completion_ms) == (2.0, 8.0)


def test_few_answers_of_another_length_tell_rates_apart() -> None:
    found = fit_speed([took(10, 5)] * 65 + [took(10, 1)] * 5)
    assert (found.prompt_ms, found.completion_ms) == (PROMPT_MS, COMPLETION_MS)
    assert found.r2 == 1


def test_no_rate_is_below_zero() -> None:
    rng = random.Random(3)
    given = [Timing(tokens, 100, 900 - tokens) for tokens in rng.sample(range(10, 300), 40)]
    found = fit_speed(given)
    assert found.prompt_ms >= 0
    assert found.completion_ms >= 0


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_machine_that_was_three_times_slower_for_a_while_shows(share: float) -> None:
    given = [
        took(row.prompt_tokens, row.completion_tokens, 3.0 if index < share * 60 else 1.0)
        for index, row in enumerate(rows())
    ]
    assert fit_speed(given).r2 < LEAST_R2


def test_a_prefix_cache_that_nobody_told_of_shows() -> None:
    rng = random.Random(5)
    given = [
        Timing(row.prompt_tokens, row.completion_tokens, took(rng.choice([10, 350]), 5).latency_ms)
        for row in rows()
    ]
    assert fit_speed(given).r2 < LEAST_R2


def test_small_noise_of_latencies_that_hardly_vary_needs_no_explanation() -> None:
    rng = random.Random(7)
    given = [took(200, 10, rng.uniform(0.9, 1.1)) for _ in range(60)]
    assert fit_speed(given).is_good


def test_few_answers_tell_nothing() -> None:
    assert fit_speed(rows(LEAST_ROWS - 1)).r2 == 0
    assert fit_speed(rows(LEAST_ROWS)).is_good
    assert fit_speed([]) == Speed(0.0, 0.0, 0.0)


def test_answers_that_took_no_time_tell_nothing() -> None:
    assert fit_speed([Timing(10, 2, 0.0)] * 20).r2 == 0


def test_a_speed_is_held_against_other_answers() -> None:
    speed = fit_speed(rows())
    assert explained(speed, rows(seed=2)) > 0.999
    assert explained(speed, [row._replace(latency_ms=3 * row.latency_ms) for row in rows()]) == 0
