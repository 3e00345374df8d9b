"""Whether functions of the user's can be called as scorers and their factories are called."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import one_line, shorten, shown
from pytest_promptevo.errors import did_you_mean, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST = 200
"""Letters of a signature that are shown."""

_MOST_LAYERS = 50
"""Partials around a function that are looked through: one may hold itself."""

_NEEDED = "(output, example)"
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def check_options(name: str, factory: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Refuses options that a factory does not know, and a factory that needs others.

    Args:
        name: What the suite calls the scorer.
        factory: Makes the scorer; it is not called.
        options: What the suite says beside the name.

    Raises:
        ValueError: saying which, and how the factory is written.
    """
    if not (signature := _signature(factory)):
        return
    parameters = signature.parameters
    named = [each for each, parameter in parameters.items() if parameter.kind in _BY_NAME]
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    unknown = [each for each in options if each not in named]
    missing = [
        parameter
        for each, parameter in parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind not in _ANY
        and (each not in options or parameter.kind not in _BY_NAME)
    ]
    if unknown and not takes_any:
        near = did_you_mean(unknown[0], [*named, *({"weight"} - options.keys())])
        if near.startswith("did you mean") or not _is_scorer(missing):
            raise ValueError(f"options of {name}: unknown option {unknown[0]!r}: {near}")
    if missing:
        raise ValueError(_without(name, factory, missing))
    _check_flags(name, parameters, options)


def check_scorer(name: str, factory: Callable[..., Any], scorer: Any) -> None:
    """Refuses what a factory returned if it cannot be called with an output and an example.

    Args:
        name: What the suite calls the scorer.
        factory: What returned it.
        scorer: What it returned; it is not called.

    Raises:
        ValueError: saying where it is written, and how.
    """
    if not callable(scorer):
        raise ValueError(
            f"scorer {name}: {written(factory)} must return the scorer, a function {_NEEDED}, but "
            f"returned {shorten(one_line(repr(scorer)), _LONGEST)}"
        )
    if inspect.iscoroutinefunction(scorer):
        raise ValueError(f"scorer {name}: {written(scorer)} is async; a scorer is a plain function")
    # A decorator may add arguments that the function within it names and its callers do not.
    if not (signature := _signature(scorer, through_decorators=False)):
        return
    try:
        signature.bind(None, None)
    except TypeError as exc:
        raise ValueError(
            f"scorer {name}: {written(scorer)} cannot be called with an output and an example "
            f"({exc}); a scorer is a function {_NEEDED}"
        ) from None


def written(function: Callable[..., Any]) -> str:
    """Returns a function's name with its parameters, and where it is written."""
    name = getattr(function, "__name__", type(function).__name__)
    told = shorten(one_line(f"{name}{_signature(function) or '(...)'}"), _LONGEST)
    inner: Any = inspect.unwrap(function)
    for _ in range(_MOST_LAYERS):
        if isinstance(inner, functools.partial):
            inner = inspect.unwrap(inner.func)
    if inspect.isclass(inner):
        inner = inner.__init__
    elif not inspect.isroutine(inner):
        inner = type(inner).__call__
    code = getattr(inner, "__code__", None)
    if code is None:
        return told
    return f"{told} of {one_line(shown_path(Path(code.co_filename)))}:{code.co_firstlineno}"


def _without(name: str, factory: Callable[..., Any], missing: list[inspect.Parameter]) -> str:
    """Returns what is wrong with a factory that options alone do not suffice for."""
    names = " and ".join(repr(parameter.name) for parameter in missing)
    told = f"options of {name}: {names} {'is' if len(missing) == 1 else 'are'} missing"
    if getattr(factory, "__module__", "").startswith(f"{__package__}."):  # nobody can mend it
        return f"{told}: write {{{name}: {{{missing[0].name}: ...}}}}"
    told = f"{told}: {written(factory)} is called with the suite's options alone"
    if _is_scorer(missing):
        return (
            f"{told} and must return the scorer, a function {_NEEDED}: put it into another "
            f"function, def make_{name}(): return {getattr(factory, '__name__', name)}, and "
            "offer that"
        )
    return f"{told}: write {{{name}: {{{missing[0].name}: ...}}}}, or give it a default"


def _is_scorer(missing: list[inspect.Parameter]) -> bool:
    """Whether what is called with options alone wants two values: an output and an example."""
    return len(missing) == 2 and all(parameter.kind in _BY_PLACE for parameter in missing)


def _check_flags(
    name: str, parameters: Mapping[str, inspect.Parameter], options: Mapping[str, Any]
) -> None:
    for option, value in options.items():
        flag = option in parameters and isinstance(parameters[option].default, bool)
        if flag and not isinstance(value, bool):
            raise ValueError(
                f"options of {name}: {option} must be true or false, not {shown(value)}"
            )


def _signature(
    function: Callable[..., Any], *, through_decorators: bool = True
) -> inspect.Signature | None:
    try:
        return inspect.signature(function, follow_wrapped=through_decorators)
    except (ValueError, TypeError, RecursionError):  # in C, a class that says nothing, a circle
        return None
