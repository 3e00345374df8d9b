from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.evolve.racing.race import EProcess, Guess, Race

RUNS = 2000
SEED = 20


def raced(rng, child, rivals, *, delta, alpha, guess, block=5):
    """Runs one race; every rival rules for two blocks. Returns whether the child is dropped."""
    race = Race(len(child), [], delta, guess, rng)
    at = 0
    while race.left:
        race.run(block, child, rivals[min(at // 2, len(rivals) - 1)])
        at += 1
        if race.lost(alpha):
            return True
    return False


def binary(rng, n, mean):
    """Returns a row of zeros and ones in random order with exactly this mean."""
    row = np.zeros(n)
    row[: round(n * mean)] = 1.0
    return rng.permutation(row)


def within(dropped, runs, alpha):
    """Whether a count is no sign of a rate above alpha (one-sided, at three sigma)."""
    return dropped <= runs * alpha + 3 * math.sqrt(runs * alpha * (1 - alpha))


@pytest.mark.parametrize(
    ("lead", "delta", "alpha", "guess"),
    [
        (0.0, 0.0, 0.5, Guess()),
        (0.0, 0.0, 0.5, Guess(mean=0.9, weight=20.0)),
        (0.05, 0.05, 0.5, Guess(mean=0.6)),
        (0.1, 0.05, 0.5, Guess(mean=0.6)),
        (0.1, 0.05, 0.2, Guess(mean=0.6)),
        (0.0, 0.0, 0.1, Guess(mean=0.6)),
    ],
)
def test_a_better_child_is_dropped_no_more_often_than_promised(lead, delta, alpha, guess):
    rng = np.random.default_rng(SEED)
    dropped = 0
    for _ in range(RUNS):
        mean = rng.choice([0.3, 0.6, 0.8])
        child, rival = binary(rng, 60, mean + lead), binary(rng, 60, mean)
        dropped += raced(rng, child, [rival], delta=delta, alpha=alpha, guess=guess)
    assert within(dropped, RUNS, alpha), dropped / RUNS


def test_the_promise_holds_against_changing_rivals():
    rng = np.random.default_rng(SEED)
    dropped = 0
    for _ in range(RUNS):
        child = binary(rng, 60, 0.6)
        rivals = [binary(rng, 60, mean) for mean in (0.4, 0.6, 0.55)]
        dropped += raced(rng, child, rivals, delta=0.0, alpha=0.5, guess=Guess(0.7))
    assert within(dropped, RUNS, 0.5), dropped / RUNS


def test_the_promise_holds_with_replacement_and_a_look_after_every_draw():
    rng = np.random.default_rng(SEED)
    dropped = 0
    for draws in rng.choice([0.0, 0.5, 1.0], p=[0.2, 0.6, 0.2], size=(RUNS, 80)):
        process, past = EProcess(0.5, None, Guess(0.7)), []
        for x in draws:
            process.bet(past, x)
            past.append(x)
            if process.wealth >= 5:
                dropped += 1
                break
    assert within(dropped, RUNS, 0.2), dropped / RUNS


def test_the_promise_holds_for_a_child_that_was_seen_before():
    rng = np.random.default_rng(SEED)
    dropped = 0
    for _ in range(RUNS):
        child, rival = binary(rng, 60, 0.6), binary(rng, 60, 0.6)
        seen = [int(at) for at in np.argsort(child - rival, kind="stable")[:5]]
        race = Race(60, seen, 0.0, Guess(0.6), rng)
        while race.left and not race.lost(0.5):
            race.run(5, child, rival)
        dropped += race.lost(0.5)
    assert within(dropped, RUNS, 0.5), dropped / RUNS


def test_a_bad_child_is_dropped_early():
    rng = np.random.default_rng(SEED)
    seen = []
    for _ in range(200):
        child, rival = binary(rng, 60, 0.2), binary(rng, 60, 0.7)
        race = Race(60, [], 0.02, Guess(0.6), rng)
        while not race.lost(0.5):
            race.run(5, child, rival)
        seen.append(len(race.seen))
    assert np.mean(seen) < 12


def test_a_child_that_can_no_longer_be_better_is_dropped_for_certain():
    process = EProcess(0.5, 4, Guess())
    past: list[float] = []
    for x in (1.0, 1.0, 0.5):
        process.bet(past, x)
        past.append(x)
    assert process.wealth == math.inf


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.floats(0.1, 0.9),
    st.floats(0.1, 0.9),
    st.booleans(),
)
def test_wealth_is_never_negative(draws, bound, guess, finite):
    process = EProcess(bound, len(draws) if finite else None, Guess(guess))
    for at, x in enumerate(draws):
        process.bet(draws[:at], x)
        assert process.wealth >= 0
        assert not math.isnan(process.wealth)


def test_blocks_visit_every_example_once():
    race = Race(12, [3, 5], 0.02, Guess(), np.random.default_rng(1))
    row = np.zeros(12)
    while race.left:
        block = race.block(5)
        race.run(5, row, row)
        assert race.seen[-len(block) :] == block
    assert sorted(race.seen) == list(range(12))
    assert race.seen[:2] == [3, 5]


def test_each_race_has_an_order_of_its_own():
    rng = np.random.default_rng(1)
    assert Race(30, [], 0.0, Guess(), rng).left != Race(30, [], 0.0, Guess(), rng).left
