from __future__ import annotations

import importlib.util
import math
import random
import sys
import textwrap
from itertools import product

import numpy as np
import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import Budget, Choice, Genome, Score, SearchSpace, evolve

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
        ({"clock": 1}, "clock must be a function, not an int"),
        ({"clock": None}, "clock must be a function, not None"),
        ({"evaluate": lambda genome: Score(1.0)}, r"is called as evaluate\(genome, example\)"),
        ({"cost": lambda genome, example: 1}, r"is called as cost\(genome, example, score\)"),
        ({"progress": lambda: None}, r"is called as progress\(progress\)"),
        ({"clock": lambda now: now}, r"is called as clock\(\)"),
        ({"initial": INITIAL.with_(temperature="hot")}, "temperature must be a number, not 'hot'"),
        ({"initial": INITIAL.with_(max_tokens=None)}, "max_tokens must be a number, not None"),
        ({"initial": INITIAL.with_(shots="e1")}, "shots must be a list of example ids, not 'e1'"),
        ({"initial": {"text": "plain"}}, r"must be a Genome, not a dict: Genome\("),
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


def test_the_example_of_the_docstring_runs_as_it_stands(monkeypatch, capsys):
    """Against the real Optuna where it is installed, else against one that tries at random."""
    if importlib.util.find_spec("optuna") is None:
        monkeypatch.setitem(sys.modules, "optuna", Guesses)
    code = textwrap.dedent(evolve.__doc__.partition("Raced against Optuna::")[2])
    places = product(["plain", "polite"], range(5), EXAMPLES)
    table = {place: float(place[0] == "polite" and place[1] > 2) for place in places}
    exec(code, {"table": table, "examples": EXAMPLES})
    calls, ours, theirs = map(float, capsys.readouterr().out.split())
    assert (calls > 0, ours, 0 <= theirs <= 1) == (True, 1.0, True)


class Guesses:
    """Stands in for the few names of Optuna that the example needs."""

    def __init__(self):
        self._rng, self.best_value = random.Random(1), 0.0

    @classmethod
    def create_study(cls, direction):
        assert direction == "maximize"
        return cls()

    def optimize(self, objective, n_trials):
        self.best_value = max(objective(self) for _ in range(n_trials))

    def suggest_categorical(self, _name, values):
        return self._rng.choice(values)

    def suggest_int(self, _name, low, high):
        return self._rng.randint(low, high)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([], "known must be a mapping of genomes to scores, not a list"),
        ({"plain": {}}, "known holds mappings of places"),
        ({Genome({"tone": "plain"}): [1]}, "known holds mappings of places"),
        ({Genome({"tone": "wrong"}): {}}, "known has a genome that is not in the space: tone: "),
        ({Genome({"tone": "plain"}): {3: Score(1.0)}}, "known has no example 3: 0 to 2 are there"),
        ({Genome({"tone": "plain"}): {True: Score(1.0)}}, "known has no example True"),
        ({Genome({"tone": "plain"}): {0: 1.0}}, "evaluate must return a Score"),
    ],
)
def test_scores_that_cannot_be_known_are_refused(known, said):
    space = SearchSpace({"tone": Choice(["plain", "polite"])})
    with pytest.raises(SettingsError, match=said):
        evolve(space, [0, 1, 2], lambda *_: Score(1.0), known=known)
