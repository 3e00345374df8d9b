"""Turns what a caller of `evolve` got wrong into a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve.records import Budget
from pytest_promptevo.fitness import NAMES, Objectives, Score
from pytest_promptevo.genome import Genome, SearchSpace

if TYPE_CHECKING:
    from collections.abc import Sequence


def checked_examples(examples: Any) -> Sequence[Any]:
    """Returns the examples as a sequence; an iterator is read to its end."""
    if isinstance(examples, (str, bytes, Mapping)) or not isinstance(examples, Iterable):
        raise SettingsError(f"examples must be a list, not {_kind(examples)}")
    made = tuple(examples)
    if not made:
        raise SettingsError("a search needs at least one example")
    return made


def check_search(
    space: Any, evaluate: Any, initial: Any, budget: Any, objectives: Any, workers: Any
) -> None:
    """Checks the arguments of `evolve` of the same names.

    Raises:
        SettingsError: for the first one that makes no search.
    """
    if not isinstance(space, SearchSpace):
        raise SettingsError(
            f"the space must be a SearchSpace, not {_kind(space)}: "
            'SearchSpace({"tone": Choice([...])})'
        )
    if not callable(evaluate):
        raise SettingsError(f"evaluate must be a function, not {_kind(evaluate)}")
    if initial is not None and not isinstance(initial, Genome):
        raise SettingsError(f"the initial genome must be a Genome, not {_kind(initial)}")
    missing = [name for name in space if initial is not None and name not in initial]
    if missing:
        raise SettingsError(f"the initial genome has no value for {', '.join(missing)}")
    if budget is not None and not isinstance(budget, Budget):
        like = f"Budget(calls={budget})" if isinstance(budget, int) else "Budget(calls=500)"
        raise SettingsError(f"the budget must be a Budget, not {_kind(budget)}: {like}")
    if objectives is not None and not isinstance(objectives, Objectives):
        raise SettingsError(
            f"objectives must be an Objectives, not {_kind(objectives)}: "
            'Objectives({"quality": 1.0, "tokens": -0.0005})'
        )
    if isinstance(workers, bool) or not isinstance(workers, Integral) or workers < 1:
        raise SettingsError(f"workers must be a whole number from 1 on, not {workers!r}")


def checked_rng(rng: Any) -> np.random.Generator:
    """Returns the generator that a seed stands for."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as bad:
        raise SettingsError(
            f"rng must be a whole number from 0 on or a numpy Generator, not {rng!r}"
        ) from bad


def check_score(score: Any) -> None:
    """Checks what `evaluate` returned.

    Raises:
        SettingsError: if it is no `Score`, or one that nothing can achieve.
    """
    if not isinstance(score, Score):
        example = f"Score({score})" if isinstance(score, Real) else "Score(quality)"
        raise SettingsError(f"evaluate must return a Score, not {_kind(score)}: return {example}")
    for name, value in zip(NAMES, score.vector(), strict=True):
        # A comparison with NaN is false: so is this one, as it must be.
        if not (isinstance(value, Real) and 0 <= value < math.inf):
            raise SettingsError(f"evaluate returned a Score with {name} {value!r}, not 0 or more")
    if score.quality > 1:
        raise SettingsError(
            f"evaluate returned a Score with quality {score.quality!r}, not one from 0 to 1"
        )


def checked_cost(calls: Any) -> int:
    """Returns what `cost` returned, if it is a number of calls."""
    if not isinstance(calls, Integral) or calls < 0:
        raise SettingsError(f"cost must return a whole number of calls, not {calls!r}")
    return int(calls)


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"
