from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_promptevo import evolve as public
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import Budget, Choice, Objectives, Score, evolve

from .landscape import INITIAL, SPACE, score

EXAMPLES = list(range(4))
FEW = Budget(calls=8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"space": {"tone": Choice(["a", "b"])}}, r"must be a SearchSpace, not a dict"),
        ({"examples": 7}, "examples must be a list, not an int"),
        ({"examples": "seven"}, "examples must be a list, not a str"),
        ({"examples": {"a": 1}}, "examples must be a list, not a dict"),
        ({"examples": iter(())}, "at least one example"),
        ({"evaluate": Score(1.0)}, "evaluate must be a function, not a Score"),
        ({"strategy": None}, r"strategy must be a name \(classic, greedy, racing\), not None"),
        ({"strategy": ["racing"]}, r"must be a name .* not \['racing'\]"),
        ({"cost": 1}, "cost must be a function, not an int"),
        ({"progress": 1}, "progress must be a function, not an int"),
        ({"initial": INITIAL.with_(temperature="hot")}, "temperature must be a number, not 'hot'"),
        ({"initial": INITIAL.with_(max_tokens=None)}, "max_tokens must be a number, not None"),
        ({"initial": INITIAL.with_(shots="e1")}, "shots must be a list of example ids, not 'e1'"),
        ({"initial": {"text": "plain"}}, "must be a Genome, not a dict"),
        ({"budget": 100}, r"must be a Budget, not an int: Budget\(calls=100\)"),
        ({"objectives": {"quality": 1.0}}, "must be an Objectives, not a dict"),
        ({"workers": 1.5}, "workers must be a whole number from 1 on, not 1.5"),
        ({"workers": -1}, "workers .* not -1"),
        ({"rng": "seed"}, "rng must be a whole number .* not 'seed'"),
        ({"rng": -1}, "rng must be a whole number .* not -1"),
        ({"cost": lambda *_: 0.5}, "cost must return a whole number of calls, not 0.5"),
        ({"cost": lambda *_: -1}, "cost must return a whole number of calls, not -1"),
    ],
)
def test_arguments_that_make_no_search(change, message):
    given = {"initial": INITIAL, "budget": FEW, "rng": 1, **change}
    first = (given.pop("space", SPACE), given.pop("examples", EXAMPLES))
    with pytest.raises(SettingsError, match=message):
        evolve(*first, given.pop("evaluate", score), **given)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (0.5, r"must return a Score, not a float: return Score\(0.5\)"),
        (None, "must return a Score, not None"),
        (Score(1.2), r"quality 1.2: it must be a number from 0 to 1"),
        (Score(math.nan), "quality nan"),
        (Score(-0.1), "quality -0.1"),
        (Score("good"), "quality 'good'"),
        (Score(1.0, latency_ms=-1), "latency_ms -1"),
        (Score(1.0, tokens=math.inf), "tokens inf"),
        (Score(np.True_), "quality .*: it must be a number from 0 to 1"),
        (Score(1.0, repairs=None), "repairs None"),
        (Score(1.0, repairs=0.5), "repairs 0.5: it must be a whole number from 0 on"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_scores_that_nothing_can_achieve(returned, message, workers):
    with pytest.raises(SettingsError, match=message):
        evolve(SPACE, EXAMPLES, lambda *_: returned, budget=FEW, rng=1, workers=workers)


def test_numbers_of_numpy_are_numbers():
    evolve(
        SPACE,
        np.arange(4),
        lambda *_: Score(np.float32(0.5), np.int64(3)),
        budget=Budget(calls=np.int64(8)),
        workers=np.int64(1),
        cost=lambda *_: np.int64(1),
        rng=np.random.default_rng(1),
    )


def test_examples_may_come_from_an_iterator():
    listed = evolve(SPACE, EXAMPLES, score, initial=INITIAL, budget=FEW, rng=1)
    assert evolve(SPACE, iter(EXAMPLES), score, initial=INITIAL, budget=FEW, rng=1) == listed


@pytest.mark.parametrize("bound", [0, -1, math.nan, "many", True])
@pytest.mark.parametrize("name", ["calls", "tokens", "seconds"])
def test_budgets_that_bound_nothing(name, bound):
    with pytest.raises(SettingsError, match=f"needs .*{name} above 0, not"):
        Budget(**{name: bound})


@pytest.mark.parametrize("name", ["calls", "tokens"])
def test_calls_and_tokens_are_whole(name):
    with pytest.raises(SettingsError, match=f"a whole number of {name} above 0, not 1.5"):
        Budget(**{name: 1.5})
    assert Budget(seconds=1.5).seconds == 1.5


def test_all_that_a_search_needs_comes_from_one_place():
    assert all(hasattr(public, name) for name in public.__all__)
    assert public.Objectives is Objectives
