from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import STRATEGIES, Budget, Progress, evolve
from pytest_promptevo.fitness import Limit, Objectives, Score
from pytest_promptevo.genome import Choice, Genome, SearchSpace

from .landscape import INITIAL, SPACE, chance, score

EXAMPLES = [f"example {at}" for at in range(24)]


def searched(evaluate=score, *, strategy="classic", **kwargs):
    return evolve(SPACE, EXAMPLES, evaluate, initial=INITIAL, strategy=strategy, rng=1, **kwargs)


every_strategy = pytest.mark.parametrize("strategy", sorted(STRATEGIES))


@every_strategy
def test_finds_something_better_and_says_what_it_took(strategy):
    result = evolve(SPACE, EXAMPLES, score, initial=INITIAL, strategy=strategy, rng=3)
    shipped = sum(score(INITIAL, example).quality for example in EXAMPLES) / len(EXAMPLES)
    assert result.fitness.objectives["quality"].mean > shipped
    assert result.fitness.fitness.n == len(EXAMPLES)
    assert result.recommended["fixed"] == "x"
    assert result.trace[0] == (0, INITIAL)
    assert result.trace[-1][1] == result.recommended
    assert [calls for calls, _ in result.trace] == sorted(calls for calls, _ in result.trace)
    assert result.calls == result.evaluations <= 40 * len(EXAMPLES)
    assert result.generations == len(result.history) > 0
    assert result.stopped
    assert result.keeps_limits


@every_strategy
def test_each_generation_has_one_record_with_the_genome_recommended_by_then(strategy):
    history = evolve(SPACE, EXAMPLES, score, initial=INITIAL, strategy=strategy, rng=3).history
    assert [one.generation for one in history] == list(range(1, len(history) + 1))
    assert len(history) > 1
    # Once a genome has seen all examples, what is recommended can only become better.
    fitness = [one.best_fitness for one in history][1:]
    assert fitness == sorted(fitness)


@every_strategy
def test_never_asks_twice(strategy):
    asked = Counter()

    def evaluate(genome, example):
        asked[genome, example] += 1
        return score(genome, example)

    result = evolve(SPACE, EXAMPLES, evaluate, initial=INITIAL, strategy=strategy, rng=1)
    assert set(asked.values()) == {1}
    assert len(asked) == result.evaluations


@every_strategy
def test_same_seed_same_result_whatever_the_timing(strategy):
    def slow(genome, example):
        time.sleep(hash((genome.key, example)) % 3 / 10_000)
        return score(genome, example)

    async def later(genome, example):
        await asyncio.sleep(0)
        return score(genome, example)

    def run(evaluate, workers):
        return evolve(
            SPACE,
            EXAMPLES,
            evaluate,
            initial=INITIAL,
            strategy=strategy,
            rng=5,
            budget=Budget(calls=300),
            workers=workers,
        )

    reference = run(score, 1)
    assert run(slow, 7) == reference
    assert run(later, 1) == reference
    assert run(later, 3) == reference
    assert run(lambda genome, example: later(genome, example), 3) == reference


@every_strategy
@pytest.mark.parametrize("calls", [1, 7, 100])
def test_calls_budget_is_kept(strategy, calls):
    result = evolve(
        SPACE, EXAMPLES, score, initial=INITIAL, strategy=strategy, rng=1, budget=Budget(calls)
    )
    assert result.calls == calls
    assert result.stopped == "budget"


@every_strategy
def test_calls_budget_with_repairs_is_hardly_overrun(strategy):
    result = searched(
        strategy=strategy,
        budget=Budget(calls=200),
        cost=lambda genome, example, score: 3,
        workers=4,
    )
    assert 200 <= result.calls < 203
    assert result.calls == 3 * result.evaluations


def test_free_evaluations_spend_nothing():
    result = searched(
        budget=Budget(calls=10, tokens=10),
        cost=lambda genome, example, score: 0,
    )
    assert result.calls == 0
    assert result.evaluations > 12 * len(EXAMPLES)
    assert result.stopped != "budget"


def test_tokens_budget():
    result = searched(
        budget=Budget(tokens=1000),
    )
    assert result.stopped == "budget"
    assert 1000 / 35 <= result.calls <= 1000 / 20 + 1


@pytest.mark.parametrize("in_rows", [True, False])
def test_where_several_engines_answer_a_genome_is_evaluated_side_by_side(in_rows):
    """Else a worker evaluates it on some examples in a row."""
    rows = Counter()
    lock = threading.Lock()

    def evaluate(genome, example):
        with lock:
            rows[genome, threading.get_ident()] += 1
        time.sleep(0.02)
        return score(genome, example)

    searched(evaluate, budget=Budget(calls=2 * len(EXAMPLES)), workers=24, in_rows=in_rows)
    assert (max(rows.values()) >= 5) is in_rows


@pytest.mark.parametrize("workers", [1, 3])
def test_seconds_budget_reads_the_injected_clock(workers):
    now, lock = [0.0], threading.Lock()

    def evaluate(genome, example):
        with lock:
            now[0] += 1.0
        return score(genome, example)

    result = searched(
        evaluate,
        workers=workers,
        budget=Budget(seconds=50.0),
        clock=lambda: now[0],
    )
    assert result.stopped == "budget"
    assert 50 <= result.calls == now[0] <= 50 + workers


def test_progress_after_every_batch_and_within_large_ones():
    told: list[Progress] = []
    result = searched(
        budget=Budget(calls=500),
        progress=told.append,
        clock=lambda: 1.5,
    )
    phases = list(dict.fromkeys(one.phase for one in told))
    assert phases[:2] == ["generation 1", "generation 2"]
    assert [one.calls for one in told[:5]] == [10, 30, 70, 130, 190]
    assert all(one.calls == one.evaluations for one in told)
    assert told[4].calls < 12 * len(EXAMPLES)
    assert told[0].budget_calls == 500
    assert told[0].elapsed_s == 0.0
    assert told[-1].calls == result.calls
    assert told[-1].best_fitness == pytest.approx(result.fitness.fitness.mean)
    ends = {one.phase: one.best_fitness for one in told}
    assert ends["generation 1"] == result.history[0].best_fitness


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, StopIteration])
def test_an_error_ends_the_search_and_leaves_nothing_running(workers, error):
    started, running, lock = [0], [0], threading.Lock()

    def evaluate(genome, example):
        with lock:
            started[0] += 1
            number = started[0]
            running[0] += 1
        try:
            if number == 10:
                raise error("boom")
            time.sleep(0.002)
            return score(genome, example)
        finally:
            with lock:
                running[0] -= 1

    before = threading.active_count()
    with pytest.raises(error, match="boom"):
        evolve(SPACE, EXAMPLES, evaluate, initial=INITIAL, rng=1, workers=workers)
    assert running[0] == 0
    assert started[0] < 10 + 3 * workers
    assert threading.active_count() == before


def test_an_error_in_a_coroutine_propagates():
    async def evaluate(genome, example):
        await asyncio.sleep(0)
        raise ValueError("boom")

    before = threading.active_count()
    with pytest.raises(ValueError, match="boom"):
        evolve(SPACE, EXAMPLES, evaluate, initial=INITIAL, rng=1, workers=3)
    assert threading.active_count() == before


def test_coroutines_run_side_by_side_and_inside_a_running_loop():
    flying, most = [0], [0]

    async def evaluate(genome, example):
        flying[0] += 1
        most[0] = max(most[0], flying[0])
        await asyncio.sleep(0.001)
        flying[0] -= 1
        return score(genome, example)

    async def main():
        return evolve(
            SPACE, EXAMPLES, evaluate, initial=INITIAL, rng=1, workers=4, budget=Budget(calls=60)
        )

    assert asyncio.run(main()).calls == 60
    assert 1 < most[0] <= 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"examples": []}, "at least one example"),
        ({"strategy": "clasic"}, "did you mean 'classic'"),
        ({"workers": 0}, "from 1 on"),
        ({"initial": Genome({"text": "plain"})}, "no value for cot"),
    ],
)
def test_settings_that_make_no_search(change, message):
    given = {"examples": EXAMPLES, "initial": INITIAL, **change}
    with pytest.raises(SettingsError, match=message):
        evolve(SPACE, given.pop("examples"), score, **given)


def test_of_many_examples_a_budget_searches_on_as_many_as_it_can_compare_genomes_on():
    def searched(**kwargs):
        budget = Budget(calls=1000)
        result = evolve(SPACE, range(1000), score, initial=INITIAL, budget=budget, rng=2, **kwargs)
        return result, {index for seen in result.scored.values() for index in seen}

    result, seen = searched()
    assert result.fitness.fitness.n == len(seen) == 50
    assert max(seen) > 100  # places among the examples given, a random part of them
    scored = result.scored[result.recommended]
    assert all(one.score == score(result.recommended, index) for index, one in scored.items())
    assert chance(result.recommended) > chance(INITIAL)
    assert len(searched(subsample=False)[1]) > 50


@every_strategy
def test_a_space_that_is_soon_exhausted(strategy):
    space = SearchSpace({"text": Choice(["plain", "polite", "exact"]), "one": Choice(["only"])})
    initial = Genome({"text": "plain", "one": "only", "cot": True, "temperature": 0.5, "shots": ()})
    result = evolve(space, EXAMPLES, score, initial=initial, strategy=strategy, rng=1)
    assert result.evaluations <= 3 * len(EXAMPLES)
    assert result.stopped == "space exhausted"


@every_strategy
def test_a_shipped_genome_outside_the_space(strategy):
    initial = INITIAL.with_(text="legacy", temperature=7.0, max_tokens=0, shots=("old",))

    def evaluate(genome, example):
        known = genome.with_(temperature=0.5)
        return score(known if known["text"] != "legacy" else known.with_(text="plain"), example)

    result = evolve(SPACE, EXAMPLES, evaluate, initial=initial, strategy=strategy, rng=1)
    assert result.evaluations > len(EXAMPLES)


@every_strategy
def test_what_is_recommended_keeps_hard_limits(strategy):
    objectives = Objectives(weights={"quality": 1.0}, limits={"tokens": Limit(max=26.0)})
    result = evolve(
        SPACE, EXAMPLES, score, initial=INITIAL, strategy=strategy, rng=2, objectives=objectives
    )
    assert result.keeps_limits
    assert len(result.recommended["shots"]) <= 1


@every_strategy
def test_one_example_is_enough(strategy):
    result = evolve(SPACE, ["one"], score, initial=INITIAL, strategy=strategy, rng=1)
    assert result.fitness.fitness.n == 1


def test_the_front_is_undominated():
    def evaluate(genome, example):
        return Score(score(genome, example).quality, tokens=10 + 10 * len(genome["shots"]))

    result = evolve(SPACE, EXAMPLES, evaluate, initial=INITIAL, strategy="classic", rng=1)
    vectors = [
        (-figures.objectives["quality"].mean, figures.objectives["tokens"].mean)
        for _, figures in result.front
    ]
    assert len(set(vectors)) == len(vectors) > 1
    for one in vectors:
        assert not any(a <= one[0] and b <= one[1] and (a, b) != one for a, b in vectors)


def test_without_an_initial_genome_one_is_drawn():
    space = SearchSpace({name: SPACE[name] for name in SPACE})
    result = evolve(space, EXAMPLES, score, rng=1, budget=Budget(calls=30))
    assert not list(space.problems(result.trace[0][1]))


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_what_ends_the_program_ends_an_async_search(error, workers):
    async def evaluate(genome, example):
        await asyncio.sleep(0)
        if example == EXAMPLES[3]:
            raise error("the end")
        return score(genome, example)

    with pytest.raises(error, match="the end"):
        searched(evaluate, workers=workers)
