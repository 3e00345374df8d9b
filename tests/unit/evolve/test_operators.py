from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.evolve.operator_bandit import OperatorBandit
from pytest_promptevo.evolve.operators import crossover, latin_hypercube, mutate, strangers, unseen
from pytest_promptevo.evolve.racing.breeder import SHARES, Breeder
from pytest_promptevo.evolve.racing.tuning import Tuning
from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Genome, Int, SearchSpace

from .landscape import INITIAL, SPACE

names = st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=8, unique=True)
genes = st.one_of(
    st.builds(Choice, names),
    st.just(Flag()),
    st.builds(lambda low, width: Int(low, low + width), st.integers(-5, 5), st.integers(0, 9)),
    st.builds(lambda low, width: Float(low, low + width), st.floats(-2, 2), st.floats(0, 3)),
    st.builds(lambda high: Int(1, high, log=True), st.integers(1, 300)),
    st.builds(lambda pool, most: FewShot(pool, most), names, st.integers(0, 4)),
)
spaces = st.dictionaries(st.text("xyz", min_size=1, max_size=3), genes, min_size=1, max_size=5).map(
    SearchSpace
)
seeds = st.integers(0, 2**32 - 1)


@given(spaces, seeds, st.integers(1, 3), st.sampled_from([0.0, 0.5, 1.0]))
def test_children_stay_in_the_space_and_keep_what_is_fixed(space, seed, genes, jump):
    rng = np.random.default_rng(seed)
    first, second = (space.sample(rng, {"fixed": 7}) for _ in range(2))
    for child in (
        mutate(space, first, rng, genes, jump=jump),
        crossover(space, first, second, rng),
        *latin_hypercube(space, first, 4, rng),
    ):
        assert not list(space.problems(child))
        assert child["fixed"] == 7


@given(spaces, seeds)
def test_the_same_seed_makes_the_same_children(space, seed):
    def made():
        rng = np.random.default_rng(seed)
        genome = space.sample(rng)
        return strangers(space, genome, 6, rng), mutate(space, genome, rng, 2, jump=0.3)

    assert made() == made()


@given(seeds, st.integers(1, 2))
def test_a_mutation_changes_so_many_genes(seed, genes):
    rng = np.random.default_rng(seed)
    genome = SPACE.sample(rng)
    child = mutate(SPACE, genome, rng, genes)
    assert sum(child[name] != genome[name] for name in SPACE) == genes


@given(spaces, seeds, st.integers(2, 12))
def test_strangers_are_different_and_begin_with_the_shipped_genome(space, seed, count):
    rng = np.random.default_rng(seed)
    initial = space.sample(rng)
    made = strangers(space, initial, count, rng)
    assert made[0] == initial
    assert len(set(made)) == len(made) <= count
    assert len(made) >= min(count, space.size, 2)


def test_latin_hypercube_visits_every_level_equally_often():
    space = SearchSpace({"a": Choice(list("wxyz")), "b": Flag(), "c": Int(1, 6)})
    made = latin_hypercube(space, Genome({}), 12, np.random.default_rng(0))
    for name, times in (("a", 3), ("b", 6), ("c", 2)):
        assert set(Counter(genome[name] for genome in made).values()) == {times}


def test_shipped_values_outside_the_space_are_inherited_or_replaced():
    rng = np.random.default_rng(0)
    shipped = INITIAL.with_(text="legacy", temperature=7.0, max_tokens=0, shots=("old", "e1"))
    for _ in range(100):
        child = mutate(SPACE, shipped, rng, 2, jump=0.3)
        for name in SPACE:
            assert child[name] == shipped[name] or not list(
                SearchSpace({name: SPACE[name]}).problems(child)
            )
        crossed = crossover(SPACE, shipped, SPACE.sample(rng), rng)
        assert crossed["text"] == "legacy" or crossed["text"] in SPACE["text"].options


def test_unseen_gives_up():
    genome = Genome({"a": 1})
    assert unseen(lambda: genome, {genome}) is None
    assert unseen(lambda: genome, set()) == genome


def test_the_bandit_prefers_what_succeeds_per_call():
    rng = np.random.default_rng(0)
    bandit = OperatorBandit({"good": 0.5, "dear": 0.5})
    for _ in range(20):
        bandit.learn("good", success=True, cost=0.5)
        bandit.learn("dear", success=True, cost=5.0)
    bandit.learn("unknown", success=True, cost=1.0)
    chosen = Counter(bandit.choose(200, rng))
    assert chosen["good"] > 180


def test_the_bandit_begins_with_its_shares():
    rng = np.random.default_rng(0)
    chosen = Counter(OperatorBandit(SHARES).choose(2000, rng))
    assert set(chosen) == set(SHARES)
    assert chosen["mutate best"] == pytest.approx(chosen["mutate elite"], rel=0.2)
    assert chosen["mutate best"] > 2 * chosen["cross"]


def test_breeding_never_repeats_a_genome():
    rng = np.random.default_rng(0)
    elite = strangers(SPACE, INITIAL, 6, rng)
    breeder = Breeder(SPACE, Tuning(), rng)
    children = breeder.children(elite[0], elite, set(elite))
    assert len(children) == Tuning().candidates
    assert not set(children) & set(elite)
    assert set(children.values()) <= set(SHARES)
    later = breeder.children(elite[0], elite, {*elite, *children})
    assert not set(later) & set(children)
