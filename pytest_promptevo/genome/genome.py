"""Genomes: values by the names of their genes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.genome.gene import Value


class Genome(Mapping[str, Value]):
    """An immutable assignment of values to gene names; equal by content, hashable."""

    __slots__ = ("_key", "_values")

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        self._key = canonical_json(self._values)

    @property
    def key(self) -> str:
        """The genome's canonical JSON."""
        return self._key

    def with_(self, **changes: Value) -> Genome:
        """Returns a copy with some values replaced."""
        return Genome({**self._values, **changes})

    def plain(self) -> dict[str, Any]:
        """Returns plain JSON data: tuples become lists."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self._values.items()
        }

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Genome) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Genome({self._values!r})"
