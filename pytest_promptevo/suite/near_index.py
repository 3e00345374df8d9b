"""Which texts have enough shingles in common to be compared: an inverted index over prefixes.

See Wang, Li and Feng, "Can we beat the prefix filtering?", 2012.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    Shingle = tuple[str, str]

NEAR_WORD = 0.5
"""Least similarity of near-duplicates that differ in one word: it weighs much in a short text."""

MOST_VISITED = 16_000_000
"""Entries of the index that are looked at, which takes some seconds; 8,000 real messages need 13
million. Texts that share few shingles, each with many, are met often and never compared."""


class PrefixIndex:
    """Texts by their rarest shingles.

    Args:
        texts: Shingles of the texts that say which shingles are rare.

    Attributes:
        left: Entries that may still be looked at; below 0 texts were left out.
    """

    def __init__(self, texts: Iterable[Collection[Shingle]]) -> None:
        self._counts = Counter(shingle for shingles in texts for shingle in shingles)
        self._index: defaultdict[Shingle, list[int]] = defaultdict(list)
        self._sizes: list[int] = []
        self.left = MOST_VISITED

    def prefix(self, shingles: Collection[Shingle]) -> Sequence[Shingle]:
        """Returns the rarest shingles of a text, by which it is found."""
        size = len(shingles)
        ordered = sorted(shingles, key=lambda shingle: (self._counts[shingle], shingle))
        return ordered[: size - math.ceil(NEAR_WORD * size) + _common(size)]

    def near(self, prefix: Sequence[Shingle], size: int) -> Iterator[int]:
        """Yields the texts that have a tenth of their shingles in common among the rarest of both.

        Args:
            prefix: Of the text that is compared.
            size: Number of all its shingles.
        """
        found = [self._index[shingle] for shingle in prefix if shingle in self._index]
        self.left -= sum(map(len, found))
        if self.left < 0:
            return
        met: Counter[int] = Counter()
        for numbers in found:
            met.update(numbers)
        for other, common in met.items():
            low, high = sorted((self._sizes[other], size))
            if low >= NEAR_WORD * high and common >= _common(low):
                yield other

    def add(self, prefix: Sequence[Shingle], size: int) -> None:
        """Adds a text; its number is how many there were before."""
        for shingle in prefix:
            self._index[shingle].append(len(self._sizes))
        self._sizes.append(size)


def _common(size: int) -> int:
    return max(1, size // 10)
