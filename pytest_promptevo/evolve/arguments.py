"""Turns what a caller of `evolve` got wrong into a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from inspect import iscoroutinefunction, signature
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_promptevo.base.numbers import is_number, is_whole
from pytest_promptevo.errors import SettingsError, did_you_mean
from pytest_promptevo.evolve.budget import Budget
from pytest_promptevo.evolve.protocol import Proposal
from pytest_promptevo.fitness import NAMES, Objectives, Score, Scored
from pytest_promptevo.genome import FewShot, Float, Genome, Int, SearchSpace

if TYPE_CHECKING:
    from collections.abc import Sequence


def checked_examples(examples: Any) -> Sequence[Any]:
    """Returns the examples of a search, of which there is one at least."""
    made = checked_list(examples)
    if not made:
        raise SettingsError("a search needs at least one example")
    return made


def checked_list(examples: Any) -> tuple[Any, ...]:
    """Returns examples as a tuple; an iterator is read to its end."""
    if isinstance(examples, (str, bytes, Mapping)) or not isinstance(examples, Iterable):
        raise SettingsError(f"examples must be a list, not {_kind(examples)}")
    return tuple(examples)


_WANTED = {
    "quality": "a number from 0 to 1",
    "latency_ms": "a number from 0 on",
    "tokens": "a number from 0 on",
    "repairs": "a whole number from 0 on",
}


def check_strategy(strategy: Any, known: Iterable[str]) -> None:
    """Checks the name of a strategy.

    Raises:
        SettingsError: if there is none of that name.
    """
    if not isinstance(strategy, str):
        names = ", ".join(sorted(known))
        raise SettingsError(f"the strategy must be a name ({names}), not {strategy!r}")
    if strategy not in known:
        raise SettingsError(f"no strategy {strategy!r}: {did_you_mean(strategy, known)}")


_TAKES = {
    "evaluate": ("genome", "example"),
    "cost": ("genome", "example", "score"),
    "propose": ("step",),
    "screen": ("children",),
    "progress": ("progress",),
    "stop": (),
    "clock": (),
}
"""What the functions that `evolve` calls are given."""


def check_functions(given: Mapping[str, Any]) -> None:
    """Checks that what `evolve` calls can be called as it calls it.

    Args:
        given: Functions by the name of their argument; None for one that may be left out.

    Raises:
        SettingsError: for the first one that cannot.
    """
    for name, function in given.items():
        if function is None and name in ("cost", "progress", "propose", "screen"):
            continue
        if not callable(function):
            raise SettingsError(f"{name} must be a function, not {_kind(function)}")
        if not _takes(function, len(_TAKES[name])):
            wanted = ", ".join(_TAKES[name])
            raise SettingsError(f"{name} is called as {name}({wanted}), which it does not allow")


def _takes(function: Any, count: int) -> bool:
    """Whether a function can be called with so many arguments, as far as can be told."""
    try:
        signature(function).bind(*range(count))
    except ValueError:
        return True  # a function of C that does not tell
    except TypeError:
        return False
    return True


def check_executor(executor: Any, evaluate: Any) -> None:
    """Checks the executor that `evolve` is given.

    Args:
        executor: The executor, or None.
        evaluate: What shall run there.

    Raises:
        SettingsError: if it is none, or cannot run that.
    """
    is_class = isinstance(executor, type)
    if executor is not None and (is_class or not callable(getattr(executor, "submit", None))):
        raise SettingsError(
            f"the executor must be one of concurrent.futures, not {_kind(executor)}: "
            "executor=ProcessPoolExecutor(8)"
        )
    is_async = iscoroutinefunction(evaluate) or iscoroutinefunction(type(evaluate).__call__)
    if executor is not None and is_async:
        raise SettingsError(
            "an executor runs plain functions, and evaluate is async: leave executor out "
            "(workers=8 awaits eight at once), or write evaluate without async"
        )


def check_search(space: Any, initial: Any, budget: Any, objectives: Any, workers: Any) -> None:
    """Checks the arguments of `evolve` of the same names.

    Raises:
        SettingsError: for the first one that makes no search.
    """
    if not isinstance(space, SearchSpace):
        raise SettingsError(
            f"the space must be a SearchSpace, not {_kind(space)}: "
            'SearchSpace({"tone": Choice([...])})'
        )
    if initial is not None:
        _check_initial(space, initial)
    if budget is not None and not isinstance(budget, Budget):
        like = f"Budget(calls={budget})" if isinstance(budget, int) else "Budget(calls=500)"
        raise SettingsError(f"the budget must be a Budget, not {_kind(budget)}: {like}")
    if objectives is not None and not isinstance(objectives, Objectives):
        raise SettingsError(
            f"objectives must be an Objectives, not {_kind(objectives)}: "
            'Objectives({"quality": 1.0, "tokens": -0.0005})'
        )
    if workers is not None and (not is_whole(workers) or workers < 1):
        raise SettingsError(f"workers must be a whole number from 1 on, not {workers!r}")


def _check_initial(space: SearchSpace, initial: Any) -> None:
    if not isinstance(initial, Genome):
        raise SettingsError(
            f"the initial genome must be a Genome, not {_kind(initial)}: "
            'Genome({"tone": "plain", "shots": 2})'
        )
    missing = [name for name in space if name not in initial]
    if missing:
        raise SettingsError(f"the initial genome has no value for {', '.join(missing)}")
    for name, gene in space.items():
        value = initial[name]
        # A value outside the range may ship; one of another kind cannot be stepped from.
        if isinstance(gene, (Float, Int)) and not is_number(value):
            raise SettingsError(f"the initial genome's {name} must be a number, not {value!r}")
        if isinstance(gene, FewShot) and not isinstance(value, tuple):
            raise SettingsError(
                f"the initial genome's {name} must be a list of example ids, not {value!r}"
            )


def check_known(known: Any, space: SearchSpace, initial: Genome, examples: int) -> None:
    """Checks that scores that are there are those of genomes and examples of the search.

    Raises:
        SettingsError: for the first that is not.
    """
    if not isinstance(known, Mapping):
        raise SettingsError(f"known must be a mapping of genomes to scores, not {_kind(known)}")
    for genome, scores in known.items():
        if not isinstance(genome, Genome) or not isinstance(scores, Mapping):
            raise SettingsError("known holds mappings of places of examples to scores, by Genome")
        problem = next(iter(space.problems(genome)), "")
        if problem and genome != initial:
            raise SettingsError(f"known has a genome that is not in the space: {problem}")
        for place in scores:
            if not is_whole(place) or not 0 <= place < examples:
                raise SettingsError(
                    f"known has no example {place!r}: 0 to {examples - 1} are there"
                )


def checked_rng(rng: Any) -> np.random.Generator:
    """Returns the generator that a seed stands for."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as exc:
        raise SettingsError(
            f"rng must be a whole number from 0 on or a numpy Generator, not {rng!r}"
        ) from exc


def checked_scored(returned: Any) -> Scored:
    """Returns what `evaluate` returned with its feedback, if it left that out an empty one.

    Raises:
        SettingsError: if it is neither `Score` nor `Scored`, or one that nothing can achieve.
    """
    scored = Scored(returned) if isinstance(returned, Score) else returned
    if not isinstance(scored, Scored):
        example = f"Score({scored})" if isinstance(scored, Real) else "Score(quality)"
        raise SettingsError(f"evaluate must return a Score, not {_kind(scored)}: return {example}")
    if not isinstance(scored.score, Score):
        raise SettingsError(f"a Scored must hold a Score, not {_kind(scored.score)}")
    for name, value in zip(NAMES, scored.score.vector(), strict=True):
        if not _possible(name, value):
            raise SettingsError(
                f"evaluate returned a Score with {name} {value!r}: it must be {_WANTED[name]}"
            )
    return scored


def checked_proposal(returned: Any) -> Proposal:
    """Returns what `propose` returned.

    Raises:
        SettingsError: if it is no `Proposal`, or one with an impossible price.
    """
    if not isinstance(returned, Proposal):
        raise SettingsError(f"propose must return a Proposal, not {_kind(returned)}")
    tokens = returned.tokens
    if not (is_number(tokens) and 0 <= tokens < math.inf):
        raise SettingsError(f"propose returned a Proposal with tokens {tokens!r}: none or more")
    _whole_calls("propose", returned.calls)
    return returned


def _possible(name: str, value: Any) -> bool:
    # A comparison with NaN is false: so is this one, as it must be.
    if not (isinstance(value, Real) and 0 <= float(value) < math.inf):
        return False
    if name == "quality":
        return float(value) <= 1
    return name != "repairs" or float(value).is_integer()


def checked_cost(calls: Any) -> int:
    """Returns what `cost` returned, if it is a number of calls."""
    return _whole_calls("cost", calls)


def _whole_calls(name: str, calls: Any) -> int:
    if not isinstance(calls, Integral) or calls < 0:
        raise SettingsError(f"{name} must return a whole number of calls, not {calls!r}")
    return int(calls)


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"
