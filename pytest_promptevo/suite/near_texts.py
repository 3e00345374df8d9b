"""Texts that are the same but for a word: pairs of near-duplicates.

Two texts are near-duplicates where the Jaccard similarity of their shingles (words, pairs of
neighbours and, where there is not too much text, four characters in a row, so that a typo
costs little) reaches `NEAR`, or `NEAR_WORD` and one word is all that differs. Candidates have a
tenth of their shingles in common among the rarest of both: an inverted index over prefixes
(Wang, Li and Feng, "Can we beat the prefix filtering?", 2012). Of long texts a bottom-k sketch
is compared (Broder, "On the resemblance and containment of documents", 1997).

The limits were measured with ``tests/benchmarks/bench_duplicates.py``.
"""

from __future__ import annotations

import heapq
import math
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_promptevo.suite.normal_text import leaves, words
from pytest_promptevo.suite.word_edits import differing, is_one_more, is_typo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NEAR = 0.62
"""Least similarity of near-duplicates."""

NEAR_WORD = 0.5
"""The same where they differ in one word: it weighs much in a short text."""

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

_SKETCH = 256
_MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class _Text:
    """One input of an example."""

    words: tuple[str, ...]
    shingles: frozenset[str]

    @cached_property
    def numbers(self) -> list[str]:
        return sorted(word for word in self.words if any(map(str.isdigit, word)))

    @cached_property
    def drawn(self) -> frozenset[int]:
        """Its shingles as numbers that are drawn, which are quickly put in order."""
        return frozenset(map(_drawn, self.shingles))

    @property
    def is_long(self) -> bool:
        return len(self.shingles) == _SKETCH


_Texts = dict[str, _Text]


def near_pairs(inputs: Sequence[Mapping[str, object]]) -> tuple[list[tuple[int, int]], bool]:
    """Returns the near-duplicates, without those that fill the slot of a frame.

    Args:
        inputs: Inputs of examples by name, of which no two are the same.

    Returns:
        The pairs, and whether all texts were compared that have enough in common: of thousands
        that are made of the same few words too many have.
    """
    texts = _texts(inputs)
    fillings: defaultdict[tuple[object, ...], set[int]] = defaultdict(set)
    pairs, candidates = [], _candidates(texts)
    left = MOST_COMPARED
    for one, other in candidates:
        left -= _effort(texts[one])
        if left < 0:
            break
        if texts[one].keys() != texts[other].keys():
            continue
        if not all(_is_near(texts[one][name], texts[other][name]) for name in texts[one]):
            continue
        frame = _frame(texts[one], texts[other])
        if frame is not None:
            fillings[frame] |= {one, other}
        pairs.append((one, other, frame))
    near = [
        (one, other)
        for one, other, frame in pairs
        if frame is None or len(fillings[frame]) < FILLINGS
    ]
    return near, left >= 0


def _effort(texts: _Texts) -> int:
    """Returns as how many pairs of short texts a pair of these counts."""
    return sum(_EFFORT if text.is_long else 1 for text in texts.values())


def _candidates(texts: Sequence[_Texts]) -> Iterator[tuple[int, int]]:
    """Yields each pair that has enough shingles in common among the rarest of both."""
    whole = [_whole(each) for each in texts]
    counts = Counter(shingle for shingles in whole for shingle in shingles)
    index: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, shingles in enumerate(whole):
        size = len(shingles)
        ordered = sorted(shingles, key=lambda shingle: (counts[shingle], shingle))
        met: Counter[int] = Counter()
        for shingle in ordered[: size - math.ceil(NEAR_WORD * size) + _common(size)]:
            met.update(index[shingle])
            index[shingle].append(number)
        for other, common in met.items():
            low, high = sorted((len(whole[other]), size))
            if low >= NEAR_WORD * high and common >= _common(low):
                yield other, number


def _whole(texts: _Texts) -> list[tuple[str, str]]:
    return [(shingle, name) for name, text in texts.items() for shingle in text.shingles]


def _common(size: int) -> int:
    return max(1, size // 10)


def _is_near(one: _Text, other: _Text) -> bool:
    if one.words == other.words:
        return True
    similarity = _similarity(one, other)
    if similarity < NEAR_WORD:
        return False
    if one.numbers != other.numbers:
        return similarity >= NEAR_BUT_NUMBERS
    short, long = sorted((one.words, other.words), key=len)
    if len(short) == len(long):
        places = differing(short, long)
        if len(places) == 1:
            return len(short) >= SLOT_WORDS or is_typo(short[places[0]], long[places[0]])
    return similarity >= NEAR or (len(short) >= SLOT_WORDS and is_one_more(short, long))


def _similarity(one: _Text, other: _Text) -> float:
    """Returns the Jaccard similarity: of sketches the estimate by the smallest hashes."""
    both = len(one.shingles & other.shingles)
    in_all = len(one.shingles) + len(other.shingles) - both
    if (one.is_long or other.is_long) and in_all > _SKETCH:
        smallest = sorted(one.drawn | other.drawn)[:_SKETCH]
        return len((one.drawn & other.drawn).intersection(smallest)) / _SKETCH
    return both / in_all if in_all else 0.0


def _frame(one: _Texts, other: _Texts) -> tuple[object, ...] | None:
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
    return names[0], places[0], text[: places[0]], text[places[0] + 1 :]


def _texts(inputs: Sequence[Mapping[str, object]]) -> list[_Texts]:
    """Returns the texts of all inputs, without the shingles that most of the examples share."""
    tokens = [{name: words(leaves(value)) for name, value in each.items()} for each in inputs]
    characters = sum(len(word) for each in tokens for text in each.values() for word in text)
    with_characters = characters <= _MOST_CHARACTERS
    made = [
        {name: _shingles(text, with_characters) for name, text in each.items()} for each in tokens
    ]
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in made:
        for name, shingles in each.items():
            counts[name].update(shingles)
    most = max(FILLINGS, len(made) // 2)
    frames = {
        name: {shingle for shingle, count in found.items() if count > most}
        for name, found in counts.items()
    }
    return [
        {
            name: _Text(tuple(text), _sketch(shingles[name] - frames[name]))
            for name, text in token.items()
        }
        for token, shingles in zip(tokens, made, strict=True)
    ]


def _shingles(text: Sequence[str], with_characters: bool) -> set[str]:
    if not with_characters:
        return set(map(" ".join, zip(text, text[1:], text[2:], strict=False))) or set(text)
    line = f" {' '.join(text)} "
    parts = {f"{line[index : index + 4]}\0" for index in range(len(line) - 3)}
    return parts.union(text, map(" ".join, pairwise(text)))


def _sketch(shingles: set[str]) -> frozenset[str]:
    if len(shingles) <= _SKETCH:
        return frozenset(shingles)
    return frozenset(heapq.nsmallest(_SKETCH, shingles, key=_drawn))


def _drawn(shingle: str) -> int:
    encoded = shingle.encode("utf-8", "replace")
    return zlib.crc32(encoded) << 32 | zlib.adler32(encoded)
