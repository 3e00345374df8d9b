"""Genomes: values by the names of their genes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.genome.gene import Value


class Genome(Mapping[str, Value]):
    """An immutable assignment of values to gene names; equal by content, hashable."""

    __slots__ = ("_hash", "_key", "_values")

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        self._key: str | None = canonical_json(self._values)
        self._hash: int | None = None

    @property
    def key(self) -> str:
        """The genome's canonical JSON."""
        if self._key is None:
            self._key = canonical_json(self._values)
        return self._key

    def with_(self, **changes: Value) -> Genome:
        """Returns a copy with some values replaced."""
        other = Genome.__new__(Genome)
        other._values = {
            **self._values,
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in changes.items()
            },
        }
        # Made when needed: a search breeds many genomes that it never pays for.
        other._key = other._hash = None
        return other

    def plain(self) -> dict[str, Any]:
        """Returns plain JSON data: tuples become lists."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self._values.items()
        }

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Returns the value of a gene, or a default; `Mapping.get` takes ten times as long."""
        return self._values.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        # Python's 1 and True are equal, those of JSON are not.
        return isinstance(other, Genome) and self._values == other._values and self.key == other.key

    def __hash__(self) -> int:
        if self._hash is None:
            try:
                self._hash = hash(frozenset(self._values.items()))
            except TypeError:
                self._hash = hash(self.key)
        return self._hash

    def __repr__(self) -> str:
        return f"Genome({self._values!r})"
