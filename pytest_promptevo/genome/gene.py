"""What every gene can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_number, is_whole
from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from numpy.random import Generator

Value = Any
"""A gene's value: a JSON scalar, or a tuple of example ids for few-shot genes."""


class Gene(ABC):
    """One dimension of a search space."""

    @property
    @abstractmethod
    def size(self) -> float:
        """Number of values that the search can reach."""

    @property
    def varies(self) -> bool:
        """Whether there is more than one."""
        return self.size > 1

    @abstractmethod
    def check(self, value: Value) -> Value:
        """Returns the value in its normal form.

        Raises:
            ValueError: if the gene cannot take it; the text says why.
        """

    @abstractmethod
    def at(self, quantile: float, rng: Generator) -> Value:
        """Returns the value at a quantile in [0, 1), for stratified samples."""

    @abstractmethod
    def step(self, value: Value, rng: Generator) -> Value:
        """Returns a small change of the value; another value wherever the gene has one."""

    @abstractmethod
    def cross(self, first: Value, second: Value, rng: Generator) -> Value:
        """Returns a child of two values."""

    @abstractmethod
    def features(self, value: Value) -> list[float]:
        """Returns the value as numbers for a surrogate; the length is the gene's own."""

    def fresh(self) -> Gene:
        """Returns the gene as it is at the start of a search."""
        return self

    def sample(self, rng: Generator) -> Value:
        """Returns a value drawn uniformly."""
        return self.at(float(rng.random()), rng)


def real(name: str, value: Any) -> float:
    """Returns a gene's argument as a float.

    Raises:
        SettingsError: if it is no number.
    """
    if not is_number(value):
        raise SettingsError(f"{name} must be a number, not {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise SettingsError(f"{name} is too large a number") from None


def whole(name: str, value: Any) -> int:
    """Returns a gene's argument as an integer.

    Raises:
        SettingsError: if it is no whole number.
    """
    if not is_whole(value):
        raise SettingsError(f"{name} must be a whole number, not {shown(value)}")
    real(name, value)
    return int(value)
