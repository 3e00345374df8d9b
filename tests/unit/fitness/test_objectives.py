from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.fitness import (
    DEFAULT_WEIGHTS,
    Limit,
    Objectives,
    Score,
    figures,
    mean_interval,
    percentile,
    student_quantile,
    wilson_interval,
)


def test_the_default_weights() -> None:
    assert Objectives().weights == DEFAULT_WEIGHTS
    assert Objectives().fitness(Score(1.0, 100, 40, 2)) == pytest.approx(1 - 0.1 - 0.02 - 0.4)


def test_an_objective_without_a_weight_does_not_count() -> None:
    assert Objectives({"quality": 2.0}).fitness(Score(0.5, 100, 40, 2)) == 1.0


@pytest.mark.parametrize("weight", [1e308, -1e10])
def test_a_weight_with_which_nobody_can_count_is_refused(weight: float) -> None:
    with pytest.raises(SettingsError, match="the weight of quality must be within 1,000,000,000"):
        Objectives({"quality": weight})


@pytest.mark.parametrize(("weight", "best"), [(1.0, 1.0), (0.3, 0.3), (-1.0, 0.0)])
def test_the_best_possible_answer_costs_nothing(weight: float, best: float) -> None:
    assert Objectives({"quality": weight, "tokens": -1.0}).best_possible() == best


@pytest.mark.parametrize(
    ("limit", "breaches"),
    [
        (Limit(), []),
        (Limit(min=15), []),
        (Limit(max=15), []),
        (Limit(min=16), ["latency_ms 15 is below its limit 16"]),
        (Limit(max=14.5), ["latency_ms 15 is above its limit 14.5"]),
        (Limit(p95_max=19.5), []),
        (Limit(p95_max=19), ["p95 of latency_ms 19.5 is above its limit 19"]),
        (
            Limit(max=1, p95_max=2),
            [
                "latency_ms 15 is above its limit 1",
                "p95 of latency_ms 19.5 is above its limit 2",
            ],
        ),
    ],
)
def test_a_broken_limit_is_a_sentence(limit: Limit, breaches: list[str]) -> None:
    objectives = Objectives(limits={"latency_ms": limit})
    assert objectives.breaches([Score(1.0, 10), Score(1.0, 20)]) == breaches


@pytest.mark.parametrize(
    ("limit", "excess"),
    [
        (Limit(), 0.0),
        (Limit(min=15, max=15, p95_max=19.5), 0.0),
        (Limit(min=20), 0.25),
        (Limit(max=10), 0.5),
        (Limit(p95_max=15), 0.3),
        (Limit(max=10, p95_max=15), 0.5),
        (Limit(max=0), 1.5e10),
    ],
)
def test_the_excess_is_the_share_by_which_the_worst_limit_is_missed(
    limit: Limit, excess: float
) -> None:
    assert limit.excess([10, 20]) == pytest.approx(excess)
    assert (excess > 0) == bool(
        Objectives(limits={"latency_ms": limit}).breaches([Score(1.0, 10), Score(1.0, 20)])
    )


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 70, 0.0, 0.05202),
        (70, 70, 0.94798, 1.0),
        (8, 10, 0.49016, 0.94331),
        (50, 100, 0.40383, 0.59617),
        (1, 1, 0.20654, 1.0),
    ],
)
def test_wilson_intervals(successes: int, n: int, low: float, high: float) -> None:
    found = wilson_interval(successes, n)
    assert (found.mean, found.n) == (successes / n, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-5)


@pytest.mark.parametrize(
    ("df", "t"),
    [(1, 12.7062), (2, 4.30265), (5, 2.57058), (10, 2.22814), (30, 2.04227), (100, 1.98397)],
)
def test_student_quantiles(df: int, t: float) -> None:
    assert student_quantile(0.975, df) == pytest.approx(t, abs=1e-3)


def test_a_mean_has_a_student_interval() -> None:
    found = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    half = 2.57058 * 1.870829 / 6**0.5
    assert (found.low, found.high) == pytest.approx((3.5 - half, 3.5 + half), abs=1e-3)


def test_one_value_has_no_width() -> None:
    found = mean_interval([0.25])
    assert (found.mean, found.low, found.high, found.n) == (0.25, 0.25, 0.25, 1)


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1), (0.5, 2.5), (0.95, 3.85), (1.0, 4), (1 / 3, 2)]
)
def test_percentiles_interpolate(share: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], share) == pytest.approx(value)


def test_shares_have_wilson_intervals_and_other_qualities_do_not() -> None:
    whole = figures([Score(1.0)] * 8 + [Score(0.0)] * 2, Objectives())
    assert whole.objectives["quality"] == wilson_interval(8, 10)
    partial = figures([Score(0.5), Score(0.6)], Objectives())
    assert partial.objectives["quality"] == mean_interval([0.5, 0.6]).within(0, 1)


@pytest.mark.parametrize("right", [0, 1, 7, 10])
@pytest.mark.parametrize("weight", [1.0, 0.5, -1.0])
def test_a_fitness_claims_no_more_certainty_than_the_quality_in_it(
    right: int, weight: float
) -> None:
    scores = [Score(1.0, 80, 20)] * right + [Score(0.0, 80, 20)] * (10 - right)
    found = figures(scores, Objectives({"quality": weight, "latency_ms": -0.001}))
    quality, fitness = found.objectives["quality"], found.fitness
    assert fitness.high - fitness.low >= abs(weight) * (quality.high - quality.low) - 1e-9
    if right in (0, 10):
        width = abs(weight) * (quality.high - quality.low)
        assert fitness.high - fitness.low == pytest.approx(width)


@pytest.mark.parametrize("right", [0, 8, 10])
def test_where_quality_alone_counts_fitness_has_its_interval(right: int) -> None:
    scores = [Score(1.0, 80)] * right + [Score(0.0, 10)] * (10 - right)
    found = figures(scores, Objectives({"quality": 1.0, "latency_ms": 0.0})).fitness
    wilson = wilson_interval(right, 10)
    assert (found.mean, found.low, found.high, found.n) == pytest.approx(
        (wilson.mean, wilson.low, wilson.high, 10)
    )


def test_intervals_hold_nothing_that_is_impossible() -> None:
    scores = [Score(1.0, 1, 1, 0), Score(1.0, 1, 1, 0), Score(0.9, 900, 900, 3)]
    found = figures(scores, Objectives({"quality": 0.5, "tokens": -0.0001}))
    assert found.fitness.high == 0.5
    assert found.objectives["quality"].high == 1.0
    assert [found.objectives[name].low for name in ("latency_ms", "tokens", "repairs")] == [0, 0, 0]
    assert found.objectives["tokens"].high > 900


@pytest.mark.parametrize(
    ("weights", "bounds"),
    [
        ({"quality": 2.0}, (0.0, 2.0)),
        ({"quality": 2.0, "tokens": 0.0}, (0.0, 2.0)),
        ({"quality": 2.0, "tokens": -1.0}, (-math.inf, 2.0)),
        ({"quality": 2.0, "tokens": 1.0}, (0.0, math.inf)),
        ({"quality": -1.0}, (-1.0, 0.0)),
    ],
)
def test_the_fitness_that_is_possible(
    weights: dict[str, float], bounds: tuple[float, float]
) -> None:
    assert Objectives(weights).bounds() == bounds


def test_figures_add_a_suite_up() -> None:
    found = figures([Score(1.0, 10, 100, 0), Score(0.0, 30, 300, 2)], Objectives())
    assert {name: each.mean for name, each in found.objectives.items()} == {
        "quality": 0.5,
        "latency_ms": 20,
        "tokens": 200,
        "repairs": 1,
    }
    assert found.fitness.mean == pytest.approx(0.5 - 0.02 - 0.1 - 0.2)
    assert (found.latency_p50, found.latency_p95) == pytest.approx((20, 29))


def test_figures_need_scores() -> None:
    with pytest.raises(ValueError, match="no scores"):
        figures([], Objectives())


def test_an_estimate_is_shown_with_its_interval() -> None:
    assert str(wilson_interval(8, 10)) == "0.8 [0.4902, 0.9433]"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weights": {"qualty": 1.0}}, "no objective 'qualty': did you mean 'quality'"),
        ({"weights": {1: 1.0}}, "no objective 1: known: "),
        ({"weights": {"quality": "high"}}, "the weight of quality must be a number, not 'high'"),
        ({"weights": {"quality": math.nan}}, "the weight of quality must be a number, not nan"),
        ({"weights": 1.0}, "weights must be a mapping of objectives, not 1.0"),
        ({"limits": {"token": Limit(max=5)}}, "limits: no objective 'token': did you mean"),
        ({"limits": {"tokens": {"max": 5}}}, r"must be a Limit such as Limit\(max=5\)"),
        ({"limits": [Limit(max=5)]}, "limits must be a mapping of objectives"),
    ],
)
def test_objectives_that_measure_nothing_are_refused(given: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Objectives(**given)


@pytest.mark.parametrize("bound", ["5", math.nan, True])
def test_a_limit_is_a_number(bound: Any) -> None:
    with pytest.raises(SettingsError, match="max of a limit must be a number, not"):
        Limit(max=bound)
