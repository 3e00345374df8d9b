"""Genes that choose few-shot examples and their order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome.gene import Gene, whole

if TYPE_CHECKING:
    from numpy.random import Generator

    from pytest_promptevo.genome.gene import Value


@dataclass(frozen=True)
class FewShot(Gene):
    """An ordered set of few-shot examples, named by their ids.

    Args:
        pool: Ids to choose from.
        max: Most examples in one genome.
        min: Fewest.

    Raises:
        SettingsError: for a pool or a number of examples that makes no gene.
    """

    pool: Sequence[str]
    max: int
    min: int = 0

    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pool", _ids(self.pool))
        most = whole("max", self.max)
        if most < 0 or whole("min", self.min) < 0:
            raise SettingsError(f"max and min must not be below 0: max {most}, min {self.min}")
        object.__setattr__(self, "max", min(most, len(self.pool)))
        object.__setattr__(self, "_index", {name: index for index, name in enumerate(self.pool)})
        if self.min > self.max:
            raise SettingsError(f"between 0 and {self.max} examples, not {self.min}")

    @property
    def size(self) -> float:
        total, arrangements = 0.0, 1.0
        for count in range(self.max + 1):
            if count >= self.min:
                total += arrangements
            arrangements *= len(self.pool) - count
            if math.isinf(arrangements):  # so many that the exact number takes seconds
                return math.inf
        return total

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
        return tuple(self.pool[index] for index in rng.permutation(len(self.pool))[:count])

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
        index = int(rng.integers(len(value) + 1))
        return (*value[:index], self._outside(value, rng), *value[index:])

    def _drop(self, value: tuple[str, ...], rng: Generator) -> tuple[str, ...]:
        index = int(rng.integers(len(value)))
        return (*value[:index], *value[index + 1 :])

    def _swap(self, value: tuple[str, ...], rng: Generator) -> tuple[str, ...]:
        index = int(rng.integers(len(value)))
        return (*value[:index], self._outside(value, rng), *value[index + 1 :])

    def _reorder(self, value: tuple[str, ...], rng: Generator) -> tuple[str, ...]:
        first, second = (int(index) for index in rng.permutation(len(value))[:2])
        moved = list(value)
        moved[first], moved[second] = moved[second], moved[first]
        return tuple(moved)


def _ids(pool: Sequence[str]) -> tuple[str, ...]:
    if isinstance(pool, str) or not isinstance(pool, Sequence):
        raise SettingsError(f"the pool must be a list of example ids, not {pool!r}")
    for name in pool:
        if not isinstance(name, str):
            raise SettingsError(f"the pool holds {name!r}: name each example by its id, a text")
    if len(set(pool)) != len(pool):
        raise SettingsError("an example stands twice in the pool")
    return tuple(pool)
