"""Genes that take one of several values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome.gene import Gene

if TYPE_CHECKING:
    from numpy.random import Generator

    from pytest_promptevo.genome.gene import Value


_MOST = 1_000
"""Values of a choice: each is a column of what the search learns from."""


@dataclass(frozen=True)
class Choice(Gene):
    """One of several values without an order: texts, model roles, words."""

    options: Sequence[Value]

    def __post_init__(self) -> None:
        if isinstance(self.options, str):
            raise SettingsError(f"the values must be a list, not the text {self.options!r}")
        if not isinstance(self.options, Sequence):
            raise SettingsError(f"the values must be a list, not {self.options!r}")
        object.__setattr__(self, "options", tuple(map(_fixed, self.options)))
        if not self.options:
            raise SettingsError("a choice needs at least one value")
        if len(self.options) > _MOST:
            raise SettingsError(f"{len(self.options):,} values: at most {_MOST:,}")
        for option in self.options:
            _check_json(option)
        if len(set(map(_hashable, self.options))) < len(self.options):
            raise SettingsError("a value stands twice")

    @property
    def size(self) -> float:
        return len(self.options)

    def check(self, value: Value) -> Value:
        value = _fixed(value)
        for option in self.options:
            if option == value and type(option) is type(value):
                return option
        count = len(self.options)
        of = f"none of the {count} values" if count > 1 else "not the one value that there is"
        raise ValueError(f"{value!r} is {of}")

    def at(self, quantile: float, rng: Generator) -> Value:
        return self.options[min(int(quantile * len(self.options)), len(self.options) - 1)]

    def step(self, value: Value, rng: Generator) -> Value:
        others = [option for option in self.options if option != value]
        return others[int(rng.integers(len(others)))] if others else value

    def cross(self, first: Value, second: Value, rng: Generator) -> Value:
        return first if rng.random() < 0.5 else second

    def features(self, value: Value) -> list[float]:
        return [float(option == value) for option in self.options]


class Flag(Choice):
    """False or true."""

    def __init__(self) -> None:
        super().__init__((False, True))

    def __repr__(self) -> str:
        return "Flag()"

    def features(self, value: Value) -> list[float]:
        return [float(value)]


def _fixed(value: Value) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _hashable(value: Value) -> Value:
    try:
        hash(value)
    except TypeError:  # lists in a list
        return canonical_json(value)
    return value


def _check_json(value: Value) -> None:
    try:
        canonical_json(value)
    except (TypeError, ValueError):
        raise SettingsError(
            f"{value!r} is no value of a gene: use texts, numbers, true, false or lists of them"
        ) from None
