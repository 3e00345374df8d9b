from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.fitness import Objectives, Score
from pytest_promptevo.fitness.reward import RewardScale
from pytest_promptevo.improve.candidates import shortfall
from pytest_promptevo.improve.not_worse import Comparison, compare_all, holm, not_worse_p

QUALITY = Objectives({"quality": 1.0})
SCALE = RewardScale(0.0, 1.0)


def compared(locked: list[float], *candidates: list[float]) -> list[Comparison]:
    scores = [[Score(quality) for quality in each] for each in (locked, *candidates)]
    return compare_all(scores[0], scores[1:], QUALITY, SCALE, 0.05, np.random.default_rng(1))


def test_a_candidate_that_is_better_is_called_so() -> None:
    (found,) = compared([0.0] * 12 + [1.0] * 8, [1.0] * 20)
    assert found.verdict == "better"
    assert found.difference.mean == pytest.approx(0.6)


def test_few_equal_answers_prove_nothing_and_many_do() -> None:
    assert compared([1.0] * 36, [1.0] * 36)[0].verdict == "open"
    assert compared([1.0] * 150, [1.0] * 150)[0].verdict == "not worse"


def test_what_is_claimed_of_several_is_corrected_for_their_number() -> None:
    locked, better = [0.0] * 5 + [1.0] * 15, [1.0] * 20
    assert compared(locked, better)[0].verdict == "better"
    several = compared(locked, better, locked, locked)
    assert [each.verdict for each in several] == ["open"] * 3
    assert several[0].p_better == pytest.approx(3 * compared(locked, better)[0].p_better)


@pytest.mark.parametrize("loss", [1.0, 0.25])
def test_a_candidate_worse_by_the_margin_is_seldom_called_not_worse(loss: float) -> None:
    """Rare, large losses, which a test of flipped signs calls none."""
    rng = np.random.default_rng(7)
    lost = rng.random((2000, 100)) < 0.05 / loss
    claimed = [not_worse_p(row * -loss, 0.05) <= 0.05 for row in lost]
    assert np.mean(claimed) <= 0.05


@pytest.mark.parametrize(
    ("worse", "least", "most"), [(0.0, 0.6, 0.85), (0.1, 0.05, 0.3), (0.2, 0.0, 0.02)]
)
def test_how_many_stand_of_those_that_are_worse(worse: float, least: float, most: float) -> None:
    rng = np.random.default_rng(3)
    locked = rng.random((1000, 36)) < 0.8
    flips = max(0.15, worse)
    lost = rng.random(locked.shape) < (flips + worse) / 2 / 0.8
    won = rng.random(locked.shape) < (flips - worse) / 2 / 0.2
    candidate = np.where(locked, ~lost, won)
    means = (candidate.astype(float) - locked).mean(axis=1)
    stands = np.mean([not shortfall(mean, 0.05) for mean in means])
    assert least <= stands <= most


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_adjusted_p_values_keep_their_order_and_are_no_smaller(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(own <= new <= 1 for own, new in zip(p_values, adjusted, strict=True))
    assert min(adjusted) == pytest.approx(min(1.0, len(p_values) * min(p_values)))
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    assert [adjusted[index] for index in order] == sorted(adjusted)
