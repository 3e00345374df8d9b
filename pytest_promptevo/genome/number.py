"""Genes that are numbers."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome.gene import Gene, real, whole

if TYPE_CHECKING:
    from numpy.random import Generator

    from pytest_promptevo.genome.gene import Value


@dataclass(frozen=True)
class _Number(Gene):
    """A number on a grid between two bounds; on a log grid each step doubles it."""

    low: float
    high: float
    step_size: float | None = None
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise SettingsError("low and high must be finite")
        if self.low > self.high:
            raise SettingsError(f"low {self.low} is above high {self.high}")
        if self.log and self.low <= 0:
            raise SettingsError("a log scale needs low > 0")
        if self.step_size is not None and not self.step_size > 0:
            raise SettingsError("step must be > 0")
        if self.step_size is not None and self.log and self.step_size <= 1:
            raise SettingsError("on a log scale step is a factor > 1")
        if self._steps() > 100_000:
            raise SettingsError("more than 100,000 steps")

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
            made = [self._level(index) for index in range(self._whole_steps() + 1)]
        return tuple(dict.fromkeys(made))

    def _whole_steps(self) -> int:
        return int((self.high - self.low) / self._linear_step() + 1e-9)

    def _level(self, index: int) -> Value:
        return self._exact(self.low + index * self._linear_step())

    @property
    def size(self) -> float:
        return len(self.grid)

    @property
    def varies(self) -> bool:  # without the grid: a suite may have many large ones
        last = self._exact(self.high) if self.log else self._level(self._whole_steps())
        return bool(self._exact(self.low) != last)

    def check(self, value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{shown(value)} is not a number")
        if not self.low <= value <= self.high:
            raise ValueError(f"{shown(value, 40)} is outside {self.low} to {self.high}")
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
        if step is not None:
            real("step", step)
        super().__init__(real("low", low), real("high", high), step, log)

    def _exact(self, value: float) -> float:
        near = float(f"{value:.10g}") if self.log else round(float(value), 10)
        return min(max(near, self.low), self.high)


class Int(_Number):
    """A whole number; arguments as for `Float`, the step being 1 if not given."""

    def __init__(self, low: int, high: int, step: int | None = None, *, log: bool = False) -> None:
        if step is not None:
            (real if log else whole)("step", step)
        size = step if step is not None or log else 1
        super().__init__(whole("low", low), whole("high", high), size, log)

    def _exact(self, value: float) -> int:
        return round(value)

    def check(self, value: Value) -> Value:
        if isinstance(value, float) and not value.is_integer():
            raise ValueError(f"{value} is not a whole number")
        return super().check(value)
