"""The ledger, the meter, the runner and the scale."""

from __future__ import annotations

import math
import threading
import time

import numpy as np
import pytest

from pytest_promptevo.evolve.budget import Budget, Meter
from pytest_promptevo.evolve.ledger import Ledger
from pytest_promptevo.evolve.racing.scale import Scale
from pytest_promptevo.evolve.runner import Runner
from pytest_promptevo.fitness import Limit, Objectives, Score, Scored
from pytest_promptevo.genome import Genome

A, B, C = (Genome({"g": name}) for name in "abc")
QUALITY = Objectives(weights={"quality": 1.0})


def ledger_of(rows, objectives=QUALITY, examples=2):
    ledger = Ledger(A, examples, objectives)
    for genome, values in rows:
        for at, value in enumerate(values):
            score = value if isinstance(value, Score) else Score(value)
            ledger.add(genome, at, Scored(score), 1)
    ledger.settle()
    return ledger


def test_only_a_genome_that_has_seen_everything_is_recommended():
    assert ledger_of([(B, [1.0])]).recommended == A
    assert ledger_of([(B, [0.0, 0.0])]).recommended == B
    ledger = ledger_of([(A, [0.5, 0.5]), (B, [1.0, 1.0]), (C, [1.0, 1.0])])
    assert ledger.recommended == B
    assert ledger.trace == [(0, A), (6, B)]


def test_hard_limits_come_before_fitness():
    objectives = Objectives(weights={"quality": 1.0}, limits={"tokens": Limit(max=5)})
    over, under = Score(1.0, tokens=6), Score(0.1, tokens=5)
    ledger = ledger_of([(A, [over, over]), (B, [under, under]), (C, [over, over])], objectives)
    assert ledger.recommended == B
    assert ledger.rank(B) == (True, pytest.approx(0.1))


def test_the_ledger_adds_up():
    ledger = Ledger(A, 3, QUALITY)
    ledger.add(B, 1, Scored(Score(0.5, tokens=7)), 2)
    ledger.add(B, 0, Scored(Score(1.0, tokens=5)), 0)
    assert (ledger.calls, ledger.tokens, ledger.evaluations, ledger.paid(B)) == (2, 7, 2, 2)
    assert ledger.has(B, 1)
    assert not ledger.has(B, 2)
    assert [score.quality for score in ledger.scores(B)] == [1.0, 0.5]
    assert np.array_equal(ledger.fitness(B), [1.0, 0.5, math.nan], equal_nan=True)
    assert np.isnan(ledger.fitness(C)).all()
    assert math.isnan(ledger.mean(C))
    assert ledger.completed() == []


def test_means_come_from_the_fitness_written_down_to_the_last_bit():
    asked = []

    class Counting(Objectives):
        def fitness(self, score):
            asked.append(score)
            return super().fitness(score)

    scores = [Score(at % 3 / 2, latency_ms=at / 7, tokens=at**2) for at in range(97)]
    ledger = Ledger(A, 100, Counting())
    for at, score in reversed(list(enumerate(scores))):
        ledger.add(A, at, Scored(score), 1)
    assert ledger.mean(A) == float(np.mean([Objectives().fitness(score) for score in scores]))
    assert len(asked) == len(scores)


def test_the_meter_is_careful_where_evaluations_differ():
    ledger = ledger_of([(A, [1.0, 1.0])])
    assert Meter(ledger, Budget(calls=42), lambda: 0.0).affordable() == 40
    meter = Meter(ledger, Budget(calls=42), lambda: 0.0, even=False)
    assert meter.affordable() == 10
    meter.paid(8, 1.0)
    assert meter.affordable() == 5
    assert Meter(ledger, Budget(calls=2), lambda: 0.0).affordable() == 0
    assert Meter(ledger, Budget(), lambda: 0.0).affordable() == math.inf


def test_the_meter_tells_the_time():
    now = [3.0]
    meter = Meter(ledger_of([(A, [1.0])]), Budget(seconds=2.0), lambda: now[0])
    assert not meter.late()
    now[0] = 5.0
    assert meter.late()
    assert meter.affordable() == 0
    assert meter.elapsed() == 2.0


@pytest.mark.parametrize("workers", [1, 4])
def test_values_come_in_the_order_of_the_batch(workers):
    barrier = threading.Barrier(workers, timeout=5)

    def work(x):
        barrier.wait()
        return x * x

    with Runner(work, workers) as runner:
        assert runner.run(range(8), lambda: False) == [(x, x * x) for x in range(8)]


@pytest.mark.parametrize("workers", [1, 4])
def test_nothing_starts_once_it_is_late(workers):
    started = []
    with Runner(started.append, workers) as runner:
        made = runner.run(range(50), lambda: len(started) >= 10)
    assert 10 <= len(made) == len(started) < 10 + workers


def test_the_yardstick_spans_all_possible_fitness():
    objectives = Objectives(weights={"quality": 1.0, "tokens": -0.01})
    ledger = ledger_of([(A, [Score(1.0, tokens=10), Score(0.0, tokens=30)])], objectives)
    scale = Scale(ledger)
    assert scale.values(A) == pytest.approx([1.0, 0.0])
    assert scale.span == pytest.approx(1.2)
    ledger.add(B, 0, Scored(Score(1.0, tokens=0)), 1)
    ledger.add(B, 1, Scored(Score(0.0, tokens=99)), 1)
    assert scale.values(B) == pytest.approx([1.0, 0.0])
    gained, spent = scale.parts([A, B])
    assert gained * scale.span == pytest.approx(np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert gained + spent == pytest.approx(np.array([[1, 0], [1, 0]]))


def test_the_yardstick_of_constant_scores():
    ledger = ledger_of([(A, [1.0, 1.0])], Objectives(weights={"tokens": -1.0}))
    assert np.isfinite(Scale(ledger).values(A)).all()


@pytest.mark.parametrize(
    ("limit", "excess"),
    [
        (Limit(max=20), 0.0),
        (Limit(max=10), 0.5),
        (Limit(max=1), 1.0),
        (Limit(min=20), 0.25),
        (Limit(p95_max=16), 0.21875),
        (Limit(min=10, max=12), 0.25),
    ],
)
def test_the_handicap_grows_with_the_distance_from_a_limit(limit, excess):
    objectives = Objectives(limits={"tokens": limit})
    ledger = ledger_of([(A, [Score(1.0, tokens=10), Score(1.0, tokens=20)])], objectives)
    assert Scale(ledger).handicap(A) == pytest.approx(excess)


def test_neighbours_that_belong_together_are_called_one_after_the_other():
    places: dict[int, list[int]] = {}

    def work(argument):
        places.setdefault(threading.get_ident(), []).append(argument)
        time.sleep(0.002)
        return argument

    batch = [*range(100, 105), *range(200, 205), *range(300, 340)]
    with Runner(work, 4, lambda argument: argument // 100) as runner:
        assert runner.run(batch, lambda: False) == [(one, one) for one in batch]
    for block in (range(100, 105), range(200, 205), range(300, 310), range(330, 340)):
        assert any(set(block) <= set(called) for called in places.values())


def test_what_was_paid_behind_a_call_that_came_too_late_is_returned():
    last = threading.Event()

    def work(argument):
        if argument == 1:
            assert last.wait(5)
        if argument == 9:
            last.set()
        return -argument

    with Runner(work, 2, lambda argument: argument // 5) as runner:
        made = runner.run(range(10), last.is_set)
    assert made == [(argument, -argument) for argument in (0, 1, 5, 6, 7, 8, 9)]


def test_on_a_tie_the_genome_nearest_to_the_initial_one_is_the_simplest():
    initial = Genome({"g": "a", "h": 1, "i": 1})
    far, near = initial.with_(g="b", h=2, i=2), initial.with_(g="b")
    worse = initial.with_(h=2)
    ledger = Ledger(initial, 2, QUALITY)
    for genome, values in [(initial, (0, 0)), (far, (1, 0.5)), (near, (0.5, 1)), (worse, (1, 0))]:
        for index, value in enumerate(values):
            ledger.add(genome, index, Scored(Score(value)), 1)
    ledger.settle()
    assert ledger.recommended == far
    assert ledger.simplest() == near


def test_a_genome_that_breaks_a_limit_is_no_tie():
    objectives = Objectives(weights={"quality": 1.0}, limits={"tokens": Limit(max=5)})
    over, under = Score(1.0, tokens=6), Score(1.0, tokens=5)
    ledger = ledger_of([(A, [over, over]), (B, [under, under])], objectives)
    assert ledger.simplest() == B


def test_what_has_not_seen_everything_is_no_tie():
    ledger = ledger_of([(B, [1.0, 1.0]), (A, [1.0])])
    assert ledger.simplest() == B
