"""Texts that are the same but for a word: pairs of near-duplicates.

Two texts are near-duplicates where the Jaccard similarity of their shingles (words, pairs of
neighbours and, where there is not too much text, four characters in a row, so that a typo
costs little) reaches `NEAR`, or `NEAR_WORD` and one word is all that differs. Candidates are
those that `near_index` finds; of long texts `shingles` compares a sketch.

The limits were measured with ``tests/benchmarks/bench_duplicates.py``.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_promptevo.suite.near_index import NEAR_WORD, PrefixIndex
from pytest_promptevo.suite.shingles import Reading, Text, Texts, similarity
from pytest_promptevo.suite.word_edits import differing, is_one_more, is_typo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NEAR = 0.62
"""Least similarity of near-duplicates."""

NEAR_BUT_NUMBERS = 0.95
"""The same where numbers differ: a short text with another number is another example."""

SLOT_WORDS = 6
"""A text of fewer words in which one word is another is another example."""

FILLINGS = 3
"""So many texts that differ in the same place have a frame in common and are no duplicates."""

MOST_COMPARED = 1_000_000
"""Pairs that are compared, which takes some seconds; 8,000 real messages have half as many."""

_EFFORT = 50
"""As many pairs of short texts take as long as one of long texts."""

_WORDS = 20
"""So many words of a text are compared in the time that a pair of short texts takes."""

_Frame = tuple[str, int, str]
_Pair = tuple[int, int, "_Frame | None"]


class NearTexts:
    """Examples among which near-duplicates of one are found.

    Args:
        inputs: Inputs of examples by name, of which no two are the same: they say what is rare,
            and what all have in common. `add` adds them, or others.
    """

    def __init__(self, inputs: Sequence[Mapping[str, object]]) -> None:
        self.reading = Reading(inputs)
        self._index = PrefixIndex(map(_shingles, self.reading.texts))
        self._texts: list[Texts] = []
        self._left = MOST_COMPARED

    @property
    def gave_up(self) -> bool:
        """Whether so many were compared that no more will be."""
        return self._left < 0 or self._index.left < 0

    @property
    def is_whole(self) -> bool:
        """Whether all were compared so far that have enough in common."""
        return not self.gave_up and self.reading.left >= 0

    def add(self, texts: Texts) -> None:
        """Adds an example; its number is how many there were before."""
        shingles = _shingles(texts)
        self._index.add(self._index.prefix(shingles), len(shingles))
        self._texts.append(texts)

    def near(self, texts: Texts) -> Iterator[_Pair]:
        """Yields an example that was added, the next number and the frame of both, of each pair."""
        shingles = _shingles(texts)
        for number in self._index.near(self._index.prefix(shingles), len(shingles)):
            other = self._texts[number]
            self._left -= _effort(other)
            if self._left < 0:
                return
            if other.keys() != texts.keys():
                continue
            if all(_is_near(other[name], texts[name]) for name in other):
                yield number, len(self._texts), _frame(other, texts)


def near_pairs(inputs: Sequence[Mapping[str, object]]) -> tuple[list[tuple[int, int]], bool]:
    """Returns the near-duplicates, without those that fill the slot of a frame.

    Args:
        inputs: Inputs of examples by name, of which no two are the same.

    Returns:
        The pairs, and whether all texts were compared that have enough in common: of thousands
        that are made of the same few words too many have.
    """
    known = NearTexts(inputs)
    pairs: list[_Pair] = []
    for texts in known.reading.texts:
        if known.gave_up:
            break
        pairs += known.near(texts)
        known.add(texts)
    return without_slots(pairs), known.is_whole


def without_slots(pairs: Iterable[_Pair]) -> list[tuple[int, int]]:
    """Returns the pairs but for those of texts that fill the slot of a frame."""
    told = list(pairs)
    fillings: defaultdict[_Frame, set[int]] = defaultdict(set)
    for one, other, frame in told:
        if frame is not None:
            fillings[frame] |= {one, other}
    return [
        (one, other)
        for one, other, frame in told
        if frame is None or len(fillings[frame]) < FILLINGS
    ]


def _effort(texts: Texts) -> int:
    """Returns as how many pairs of short texts a pair of these counts."""
    return sum(
        len(text.words) // _WORDS + (_EFFORT if text.is_long else 1) for text in texts.values()
    )


def _shingles(texts: Texts) -> list[tuple[str, str]]:
    return [(shingle, name) for name, text in texts.items() for shingle in text.shingles]


def _is_near(one: Text, other: Text) -> bool:
    if one.words == other.words:
        return True
    alike = similarity(one, other)
    if alike < NEAR_WORD:
        return False
    if one.numbers != other.numbers:
        return alike >= NEAR_BUT_NUMBERS
    short, long = sorted((one.words, other.words), key=len)
    if len(short) == len(long):
        places = differing(short, long)
        if len(places) == 1:
            return len(short) >= SLOT_WORDS or is_typo(short[places[0]], long[places[0]])
    return alike >= NEAR or (len(short) >= SLOT_WORDS and is_one_more(short, long))


def _frame(one: Texts, other: Texts) -> _Frame | None:
    """Returns what is around the one word, typos aside, in which two examples differ."""
    names = [name for name in one if one[name].words != other[name].words]
    if len(names) != 1:
        return None
    text, changed = one[names[0]].words, other[names[0]].words
    if len(text) != len(changed):
        return None
    places = differing(text, changed)
    if len(places) != 1 or is_typo(text[places[0]], changed[places[0]]):
        return None
    # Its digest: of pairs of long texts there are many.
    around = "\n".join((*text[: places[0]], "", *text[places[0] + 1 :]))
    return names[0], places[0], hashlib.sha256(around.encode("utf-8", "replace")).hexdigest()
