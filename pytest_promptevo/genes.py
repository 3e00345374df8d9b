"""Genes: the dimensions along which a search may vary a prompt."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

Value = Any
"""A gene's value: a JSON scalar, or a tuple of example ids for few-shot genes."""


class Gene(ABC):
    """One dimension of a search space."""

    @property
    @abstractmethod
    def size(self) -> float:
        """Number of values that the search can reach."""

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

    def sample(self, rng: Generator) -> Value:
        """Returns a value drawn uniformly."""
        return self.at(float(rng.random()), rng)


def _fixed(value: Value) -> Value:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Choice(Gene):
    """One of several values without an order: texts, model roles, words."""

    options: Sequence[Value]

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(map(_fixed, self.options)))
        if not self.options:
            raise ValueError("a choice needs at least one value")
        if any(one == other for one, other in combinations(self.options, 2)):
            raise ValueError("a value stands twice")

    @property
    def size(self) -> float:
        return len(self.options)

    def check(self, value: Value) -> Value:
        value = _fixed(value)
        for option in self.options:
            if option == value and type(option) is type(value):
                return option
        raise ValueError(f"{value!r} is none of the {len(self.options)} values")

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


@dataclass(frozen=True)
class _Number(Gene):
    """A number on a grid between two bounds; on a log grid each step doubles it."""

    low: float
    high: float
    step_size: float | None = None
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError("low and high must be finite")
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        if self.log and self.low <= 0:
            raise ValueError("a log scale needs low > 0")
        if self.step_size is not None and not self.step_size > 0:
            raise ValueError("step must be > 0")
        if self.step_size is not None and self.log and self.step_size <= 1:
            raise ValueError("on a log scale step is a factor > 1")
        if self._steps() > 100_000:
            raise ValueError("more than 100,000 steps")

    def _steps(self) -> float:
        if self.log:
            return (math.log(self.high) - math.log(self.low)) / math.log(self.step_size or 2.0)
        return (self.high - self.low) / self._linear_step()

    def _linear_step(self) -> float:
        return self.step_size or (self.high - self.low) / 10 or 1.0

    @abstractmethod
    def _exact(self, value: float) -> Value:
        """Returns the value in the gene's own type."""

    @cached_property
    def grid(self) -> tuple[Value, ...]:
        """The values that the search visits, in order."""
        made = []
        if self.log:
            value = self.low
            while value < self.high * (1 - 1e-9):
                made.append(self._exact(value))
                value *= self.step_size or 2.0
            made.append(self._exact(self.high))
        else:
            count = int((self.high - self.low) / self._linear_step() + 1e-9)
            made = [self._exact(self.low + at * self._linear_step()) for at in range(count + 1)]
        return tuple(dict.fromkeys(made))

    @property
    def size(self) -> float:
        return len(self.grid)

    def check(self, value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{value!r} is not a number")
        if not self.low <= value <= self.high:
            raise ValueError(f"{value} is outside {self.low} to {self.high}")
        return self._exact(value)

    def at(self, quantile: float, rng: Generator) -> Value:
        return self.grid[min(int(quantile * len(self.grid)), len(self.grid) - 1)]

    def step(self, value: Value, rng: Generator) -> Value:
        lower = [level for level in self.grid if level < value]
        upper = [level for level in self.grid if level > value]
        if not lower or not upper:
            return upper[0] if upper else lower[-1] if lower else value
        return upper[0] if rng.random() < 0.5 else lower[-1]

    def cross(self, first: Value, second: Value, rng: Generator) -> Value:
        middle = math.sqrt(first * second) if self.log else (first + second) / 2
        ties = [level for level in self.grid if self._gap(level, middle) <= self._nearest(middle)]
        return ties[int(rng.integers(len(ties)))]

    def features(self, value: Value) -> list[float]:
        low, high = self._scale(self.low), self._scale(self.high)
        return [(self._scale(value) - low) / (high - low) if high > low else 0.0]

    def _scale(self, value: float) -> float:
        return math.log(value) if self.log else value

    def _gap(self, level: float, value: float) -> float:
        return abs(self._scale(level) - self._scale(value))

    def _nearest(self, value: float) -> float:
        return min(self._gap(level, value) for level in self.grid) * (1 + 1e-6) + 1e-12


class Float(_Number):
    """A real number.

    Args:
        low: Smallest value.
        high: Largest value.
        step: Distance of neighbouring values (on a log scale their ratio);
            a tenth of the range (a factor of two) if not given.
        log: Whether values are spread evenly on a log scale.
    """

    def __init__(
        self, low: float, high: float, step: float | None = None, *, log: bool = False
    ) -> None:
        super().__init__(float(low), float(high), step, log)

    def _exact(self, value: float) -> float:
        near = float(f"{value:.10g}") if self.log else round(float(value), 10)
        return min(max(near, self.low), self.high)


class Int(_Number):
    """A whole number; arguments as for `Float`, the step being 1 if not given."""

    def __init__(self, low: int, high: int, step: int | None = None, *, log: bool = False) -> None:
        super().__init__(low, high, step if step is not None or log else 1, log)

    def _exact(self, value: float) -> int:
        return round(value)

    def check(self, value: Value) -> Value:
        if isinstance(value, float) and not value.is_integer():
            raise ValueError(f"{value} is not a whole number")
        return super().check(value)


@dataclass(frozen=True)
class FewShot(Gene):
    """An ordered set of few-shot examples, named by their ids.

    Args:
        pool: Ids to choose from.
        max: Most examples in one genome.
        min: Fewest.
    """

    pool: Sequence[str]
    max: int
    min: int = 0

    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pool", tuple(self.pool))
        object.__setattr__(self, "max", min(self.max, len(self.pool)))
        object.__setattr__(self, "_index", {name: at for at, name in enumerate(self.pool)})
        if not 0 <= self.min <= self.max:
            raise ValueError(f"between 0 and {self.max} examples, not {self.min}")

    @property
    def size(self) -> float:
        return sum(math.perm(len(self.pool), count) for count in range(self.min, self.max + 1))

    def check(self, value: Value) -> Value:
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{value!r} is not a list of example ids")
        for name in value:
            if not isinstance(name, str) or name not in self._index:
                raise ValueError(f"{name!r} is no example of the pool")
        if len(set(value)) != len(value):
            raise ValueError("an example stands twice")
        if not self.min <= len(value) <= self.max:
            raise ValueError(f"{len(value)} examples, not {self.min} to {self.max}")
        return tuple(value)

    def at(self, quantile: float, rng: Generator) -> Value:
        count = self.min + int(quantile * (self.max - self.min + 1))
        return tuple(self.pool[at] for at in rng.permutation(len(self.pool))[:count])

    def step(self, value: Value, rng: Generator) -> Value:
        moves = [
            move
            for move, possible in (
                (self._add, len(value) < self.max),
                (self._drop, len(value) > self.min),
                (self._swap, 0 < len(value) < len(self.pool)),
                (self._reorder, len(value) > 1),
            )
            if possible
        ]
        return moves[int(rng.integers(len(moves)))](tuple(value), rng) if moves else value

    def cross(self, first: Value, second: Value, rng: Generator) -> Value:
        both = list(dict.fromkeys((*first, *second)))
        kept = [name for name in both if rng.random() < 0.5 or (name in first and name in second)]
        return tuple(kept[: self.max]) if len(kept) >= self.min else tuple(first)

    def features(self, value: Value) -> list[float]:
        share = [len(value) / self.max if self.max else 0.0]
        return share + [float(name in value) for name in self.pool]

    def _outside(self, value: tuple[str, ...], rng: Generator) -> str:
        others = [name for name in self.pool if name not in value]
        return others[int(rng.integers(len(others)))]

    def _add(self, value: tuple[str, ...], rng: Generator) -> tuple[str, ...]:
        at = int(rng.integers(len(value) + 1))
        return (*value[:at], self._outside(value, rng), *value[at:])

    def _drop(self, value: tuple[str, ...], rng: Generator) -> tuple[str, ...]:
        at = int(rng.integers(len(value)))
        return (*value[:at], *value[at + 1 :])

    def _swap(self, value: tuple[str, ...], rng: Generator) -> tuple[str, ...]:
        at = int(rng.integers(len(value)))
        return (*value[:at], self._outside(value, rng), *value[at + 1 :])

    def _reorder(self, value: tuple[str, ...], rng: Generator) -> tuple[str, ...]:
        first, second = (int(at) for at in rng.permutation(len(value))[:2])
        moved = list(value)
        moved[first], moved[second] = moved[second], moved[first]
        return tuple(moved)
