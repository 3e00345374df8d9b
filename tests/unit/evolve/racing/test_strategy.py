from __future__ import annotations

from functools import partial
from hashlib import blake2b
from itertools import permutations

import numpy as np
import pytest

from pytest_promptevo.evolve import STRATEGIES, Budget, evolve
from pytest_promptevo.evolve.ledger import Ledger
from pytest_promptevo.evolve.operators import strangers
from pytest_promptevo.evolve.pareto import hypervolume
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


def drawn(genome, example, seed):
    """Returns a score that is as independent of those of similar genomes as can be."""
    digest = blake2b(f"{genome.key}|{example}|{seed}".encode(), digest_size=4).digest()
    right = int.from_bytes(digest, "big") / 2**32 < chance(genome)
    return Score(float(right), tokens=20 + 5 * len(genome["shots"]))


def known_of(result):
    return {genome: dict(scores) for genome, scores in result.scored.items()}


def test_what_is_known_is_neither_asked_nor_paid_again():
    first = run()
    known = known_of(first)

    def asked(genome, example):
        assert example not in known.get(genome, {})
        return score(genome, example)

    second = run(asked, seed=1, known=known)
    assert second.calls <= 0.3 * first.calls
    assert second.fitness.fitness.mean >= first.fitness.fitness.mean


def test_values_that_no_known_genome_has_are_tried_first():
    texts = Choice([text for text in SPACE["text"].options if text != "exact"])
    found, paid = [], []
    for seed in range(2, 6):
        evaluate = partial(drawn, seed=seed)
        first = run(evaluate, space=SearchSpace({**SPACE, "text": texts}))
        second = run(evaluate, seed=1, known=known_of(first))
        found.append(second.recommended["text"])
        paid.append(second.calls / first.calls)
    assert found.count("exact") >= 3
    assert np.mean(paid) <= 0.3


def test_few_known_genomes_spare_calls_but_no_start():
    first = run(calls=60)
    known = dict(list(known_of(first).items())[:3])
    second = run(known=known)
    assert len(second.scored) >= 12


def test_a_whole_space_that_is_known_costs_nothing():
    space = SearchSpace({"text": SPACE["text"]})
    known = {
        (genome := INITIAL.with_(text=text)): {each: score(genome, each) for each in EXAMPLES}
        for text in SPACE["text"].options
    }
    result = run(space=space, known=known)
    assert (result.calls, result.evaluations) == (0, 0)
    best = max(np.mean([each.quality for each in scores.values()]) for scores in known.values())
    assert result.fitness.objectives["quality"].mean == best


@pytest.mark.parametrize("seed", range(3))
def test_under_hard_limits_the_front_of_complete_genomes_is_nearly_the_true_one(seed):
    space = SearchSpace({name: SPACE[name] for name in ("text", "shots", "cot")})
    limits = {"quality": Limit(min=0.5), "tokens": Limit(max=30)}
    objectives = Objectives({"quality": 1.0, "tokens": -0.0005}, limits)
    evaluate = partial(drawn, seed=seed)
    initial = INITIAL.with_(temperature=0.0)
    result = run(evaluate, space=space, initial=initial, objectives=objectives, seed=seed)
    everyone = {
        initial.with_(text=text, shots=shots, cot=cot)
        for text in SPACE["text"].options
        for count in range(4)
        for shots in permutations(SPACE["shots"].pool, count)
        for cot in (False, True)
    }
    worst = np.array([0.0, 40.0])
    assert result.stopped == "converged"
    assert covered([one for one, _ in result.front], evaluate, worst) >= 0.9 * covered(
        everyone, evaluate, worst
    )


def covered(genomes, evaluate, worst):
    means = [
        np.mean(
            [(-score.quality, score.tokens) for score in map(partial(evaluate, each), EXAMPLES)], 0
        )
        for each in genomes
    ]
    return hypervolume(np.array(means), worst)


def test_a_search_ends_where_nothing_can_be_better():
    def evaluate(genome, example):
        return Score(float(genome["text"] == "exact"))

    quality = Objectives({"quality": 1.0})
    result = run(evaluate, objectives=quality)
    assert result.recommended["text"] == "exact"
    assert (result.stopped, result.fitness.fitness.mean) == ("converged", 1.0)
    assert result.calls <= 36 + 3 * len(EXAMPLES)
