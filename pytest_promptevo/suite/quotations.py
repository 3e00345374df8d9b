"""Runs of words that a text must not have in common with others, with and without blanks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.suite.told_words import grams, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RUN = 5
"""Words in a row that are a quotation."""

SHORTEST_JOINED = 15
"""Letters of a quotation that is known without blanks, too: fewer may stand in other words."""

_LONGEST_JOINED = 80
"""Letters of one that are compared: there are no more lengths to look for."""


class Quotations:
    """The runs of five words of some texts, but for those that anybody may use.

    Symbols are words of their own, and count in a run of blanks and symbols alone: without
    blanks, a run is known whatever stands between its words. Hashes are kept: texts are large.

    Args:
        texts: The words of each text.
        free: The words of texts whose runs are free.
    """

    def __init__(self, texts: Sequence[Sequence[str]], free: Sequence[Sequence[str]]) -> None:
        self._spaced: set[int] = set()
        self._joined: set[int] = set()
        self._heads: set[int] = set()
        for words in texts:
            self._add(words)
        for words in free:
            self._spaced.difference_update(map(hash, grams(words, RUN)))
        known = {found for words in free for found in self._joined_in(squeezed(words))}
        self._joined -= known

    def any_in(self, words: Sequence[str]) -> bool:
        """Tells whether a text, as its words, has such a run."""
        if any(hash(gram) in self._spaced for gram in grams(words, RUN)):
            return True
        return any(True for _ in self._joined_in(squeezed(words)))

    def _add(self, words: Sequence[str]) -> None:
        letters = [squeezed(word) for word in words]
        spoken = [each for each in letters if each]
        for run in grams(spoken, RUN):
            joined = "".join(run)
            if len(joined) >= SHORTEST_JOINED:
                self._joined.add(hash(joined[:_LONGEST_JOINED]))
                self._heads.add(hash(joined[:SHORTEST_JOINED]))
        for run, plain in zip(grams(words, RUN), grams(letters, RUN), strict=True):
            if not all(plain) or len("".join(plain)) < SHORTEST_JOINED:
                self._spaced.add(hash(run))

    def _joined_in(self, letters: str) -> Iterator[int]:
        """Yields the hashes of the runs that are parts of letters without blanks."""
        for start in range(len(letters) - SHORTEST_JOINED + 1):
            if hash(letters[start : start + SHORTEST_JOINED]) not in self._heads:
                continue
            longest = min(_LONGEST_JOINED, len(letters) - start)
            for length in range(SHORTEST_JOINED, longest + 1):
                if (found := hash(letters[start : start + length])) in self._joined:
                    yield found
