from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from pytest_promptevo.evolve import STRATEGIES, Budget, evolve
from pytest_promptevo.evolve.ledger import Ledger
from pytest_promptevo.evolve.operators import strangers
from pytest_promptevo.evolve.protocol import Search
from pytest_promptevo.evolve.racing.races import on_some_examples
from pytest_promptevo.evolve.racing.strategy import racing
from pytest_promptevo.evolve.racing.tuning import Tuning
from pytest_promptevo.fitness import Limit, Objectives, Score
from pytest_promptevo.genome import Choice, Genome, Int, SearchSpace
from unit.evolve.landscape import INITIAL, SPACE, chance, score

EXAMPLES = range(40)


def run(evaluate=score, *, space=SPACE, initial=INITIAL, calls=1600, seed=0, **kwargs):
    return evolve(
        space,
        EXAMPLES,
        evaluate,
        initial=initial,
        strategy="racing",
        rng=seed,
        budget=Budget(calls=calls),
        **kwargs,
    )


@pytest.fixture
def variant(monkeypatch):
    """Registers a tuning of racing under the name racing for one test."""
    return lambda tuning: monkeypatch.setitem(STRATEGIES, "racing", partial(racing, tuning=tuning))


def test_gets_as_far_as_classic_with_fewer_calls():
    found, spent = {}, {}
    for strategy in ("classic", "racing"):
        results = [
            evolve(
                SPACE,
                EXAMPLES,
                partial(score, seed=seed),
                initial=INITIAL,
                strategy=strategy,
                rng=seed,
            )
            for seed in range(8)
        ]
        found[strategy] = np.mean([chance(one.recommended) for one in results])
        spent[strategy] = np.mean([_calls_to(one, 0.75) for one in results])
    assert found["racing"] > found["classic"] - 0.02
    assert spent["racing"] < 0.8 * spent["classic"]


def _calls_to(result, share):
    return next((calls for calls, one in result.trace if chance(one) >= share * 0.88), 1600)


def test_what_is_recommended_has_seen_every_example():
    for calls in (130, 300, 600):
        result = run(calls=calls, subsample=False)
        assert result.fitness.fitness.n == 40
        assert result.calls <= calls


def test_stops_by_itself_when_nothing_is_left_to_gain():
    result = run(lambda genome, example: Score(float(example % 2)), calls=100_000)
    assert result.stopped == "converged"
    assert result.calls < 3000


def test_children_are_seldom_paid_in_full():
    result = run()
    seen = result.evaluations / 40
    genomes = sum(record.population for record in result.history)
    assert genomes > 2 * seen


@pytest.mark.parametrize(
    "tuning", [Tuning(surrogate=False), Tuning(drops=False, block=40), Tuning(block=3, fill=2)]
)
def test_parts_can_be_left_out(variant, tuning):
    variant(tuning)
    result = run()
    assert chance(result.recommended) > chance(INITIAL)
    assert result == run()


def test_a_limit_that_the_shipped_genome_breaks_does_not_lock_the_search():
    def evaluate(genome, example):
        return Score(score(genome, example).quality, tokens=float(genome["max_tokens"]))

    objectives = Objectives(weights={"quality": 1.0}, limits={"tokens": Limit(max=16)})
    result = run(evaluate, initial=INITIAL.with_(max_tokens=64), objectives=objectives)
    assert result.keeps_limits
    assert result.recommended["max_tokens"] <= 16


def test_free_answers_reach_further_with_the_same_budget():
    paid = set()

    def cost(genome, example, score):
        key = (genome.with_(max_tokens=0), example)
        free = key in paid
        paid.add(key)
        return int(not free)

    space = SearchSpace({"text": Choice(["plain", "exact"]), "max_tokens": Int(8, 512, log=True)})
    result = run(space=space, cost=cost)
    assert result.calls <= 2 * 40
    assert result.evaluations > result.calls


def test_the_start_shows_all_genomes_the_same_three_examples():
    genomes = strangers(SPACE, INITIAL, 12, np.random.default_rng(1))
    search = Search(SPACE, INITIAL, 40, np.random.default_rng(0), Ledger(INITIAL, 40, Objectives()))
    jobs = on_some_examples(search, genomes, Tuning().first)
    assert len(jobs) == len(set(jobs)) == 36
    assert len({job.example for job in jobs}) == 3


def test_of_equal_quality_the_cheapest_is_found():
    """Costs that differ by a hundredth beside quality that comes and goes with the example."""

    def evaluate(genome, example):
        tokens = 100.0 + genome["max_tokens"] + 10 * len(genome["shots"])
        return Score(float(example % 3 > 0), tokens=tokens)

    objectives = Objectives({"quality": 1.0, "tokens": -0.0005})
    result = run(evaluate, objectives=objectives, calls=1200)
    assert (result.recommended["max_tokens"], result.recommended["shots"]) == (8, ())


def test_large_sets_are_raced_in_larger_blocks():
    assert [Tuning().block_of(count) for count in (8, 40, 100, 1000)] == [5, 5, 5, 50]


def test_a_space_of_one_genome_is_exhausted_at_once():
    space = SearchSpace({"text": Choice(["plain"]), "max_tokens": Int(8, 8)})
    only = Genome({"text": "plain", "max_tokens": 8})
    result = run(lambda _genome, _example: Score(0.5), space=space, initial=only)
    assert (result.stopped, result.calls) == ("space exhausted", 40)
