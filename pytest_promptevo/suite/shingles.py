"""What inputs of examples are compared by: their words, and shingles of these."""

from __future__ import annotations

import heapq
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_promptevo.suite.normal_text import leaves, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SKETCH = 256
_DRAFT = 4 * _SKETCH
"""Shingles of a text that are kept until it is known which of them most examples share."""

_MOST_CHARACTERS = 1_000_000
MOST_READ = 8_000_000
"""Characters that are read in all, which takes some seconds; 8,000 real messages have 1 million."""

_SHARED_BY = 3
"""As many examples may always share a shingle."""


@dataclass(frozen=True)
class Text:
    """One input of an example."""

    words: tuple[str, ...]
    shingles: frozenset[str]

    @cached_property
    def numbers(self) -> list[str]:
        """The words that hold a digit, in order of the alphabet."""
        return sorted(word for word in self.words if any(map(str.isdigit, word)))

    @cached_property
    def drawn(self) -> frozenset[int]:
        """Its shingles as numbers that are drawn, which are quickly put in order."""
        return frozenset(map(_drawn, self.shingles))

    @property
    def is_long(self) -> bool:
        """Whether its shingles are a sketch of all that it has."""
        return len(self.shingles) == _SKETCH


Texts = dict[str, Text]
"""The inputs of an example by name."""


class Reading:
    """Makes texts of inputs, without the shingles that most of the examples share.

    Args:
        inputs: Inputs of the examples.

    Attributes:
        texts: Their texts; of those that were not read empty ones, to which nothing is alike.
        left: Characters that may still be read; below 0 texts were not read.
    """

    def __init__(self, inputs: Sequence[Mapping[str, object]]) -> None:
        self.left = MOST_READ
        self._known: dict[str, str] = {}
        tokens = list(map(self._words, inputs))
        characters = sum(len(word) for each in tokens for text in each.values() for word in text)
        self._with_characters = characters <= _MOST_CHARACTERS
        made = [self._shingles(each) for each in tokens]
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for each in made:
            for name, shingles in each.items():
                counts[name].update(shingles)
        most = max(_SHARED_BY, len(made) // 2)
        self._frames = {
            name: {shingle for shingle, count in found.items() if count > most}
            for name, found in counts.items()
        }
        self.texts = [self._text(*each) for each in zip(tokens, made, strict=True)]

    def text(self, inputs: Mapping[str, object]) -> Texts:
        """Returns the texts of another example."""
        tokens = self._words(inputs)
        return self._text(tokens, self._shingles(tokens))

    def _words(self, inputs: Mapping[str, object]) -> dict[str, list[str]]:
        return {name: self._words_of(leaves(value)) for name, value in inputs.items()}

    def _words_of(self, text: str) -> list[str]:
        self.left -= len(text)
        if self.left < 0:
            return []
        # A word that texts have in common is kept once.
        return [self._known.setdefault(word, word) for word in words(text)]

    def _shingles(self, tokens: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
        return {name: _shingles(text, self._with_characters) for name, text in tokens.items()}

    def _text(self, tokens: Mapping[str, Sequence[str]], shingles: Mapping[str, set[str]]) -> Texts:
        return {
            name: Text(tuple(text), _sketch(shingles[name] - self._frames.get(name, set())))
            for name, text in tokens.items()
        }


def similarity(one: Text, other: Text) -> float:
    """Returns the Jaccard similarity: of sketches the estimate by the smallest hashes.

    See Broder, "On the resemblance and containment of documents", 1997.
    """
    both = len(one.shingles & other.shingles)
    in_all = len(one.shingles) + len(other.shingles) - both
    if (one.is_long or other.is_long) and in_all > _SKETCH:
        smallest = sorted(one.drawn | other.drawn)[:_SKETCH]
        return len((one.drawn & other.drawn).intersection(smallest)) / _SKETCH
    return both / in_all if in_all else 0.0


def _shingles(text: Sequence[str], with_characters: bool) -> set[str]:
    if not with_characters:
        threes = set(map(" ".join, zip(text, text[1:], text[2:], strict=False))) or set(text)
        return threes if len(threes) <= _DRAFT else _smallest(threes, _DRAFT)
    line = f" {' '.join(text)} "
    parts = {f"{line[index : index + 4]}\0" for index in range(len(line) - 3)}
    return parts.union(text, map(" ".join, pairwise(text)))


def _sketch(shingles: set[str]) -> frozenset[str]:
    return frozenset(shingles if len(shingles) <= _SKETCH else _smallest(shingles, _SKETCH))


def _smallest(shingles: set[str], most: int) -> set[str]:
    return set(heapq.nsmallest(most, shingles, key=_drawn))


def _drawn(shingle: str) -> int:
    encoded = shingle.encode("utf-8", "replace")
    return zlib.crc32(encoded) << 32 | zlib.adler32(encoded)
