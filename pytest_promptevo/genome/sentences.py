"""Texts as sentences: how they are cut, put together, and how alike two texts are."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[^\W_a-z])|(?<=[\u3002\uff01\uff1f])")
"""Between two sentences: after a full stop, where no lower-case letter follows."""

_SHORT_FORM = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|approx|no|nr|dr|mr|mrs|ms|st|[A-Za-z])\.$", re.I
)
_LONGEST_FORM = 8
"""Letters in which a short form is seen, with the one before it."""

_WORD = re.compile(r"\w+")

NEAR = 0.9
"""Similarity of two texts above which one is a copy of the other."""


def units(text: str) -> list[str]:
    """Returns the parts of a text that can be left out or changed places: lines, or sentences.

    Blank lines belong to the line before them. `joined` puts units together.
    """
    if "\n" not in text.strip():
        return _sentences(text.strip())
    made: list[str] = []
    for line in text.strip().splitlines():
        if line.strip():
            made.append(line.rstrip())
        elif not made[-1].endswith("\n"):
            made[-1] += "\n"
    return made


def joined(parts: Sequence[str]) -> str:
    """Returns parts as one text: one sentence a line, so that a diff shows which one changed."""
    return "\n".join(parts).strip()


def tidy(text: str) -> str:
    """Returns a text in the form of all texts that were grown: one sentence a line."""
    return joined(units(text)) if text.strip() else ""


def normal(text: str) -> str:
    """Returns the words of a text in lower case, without punctuation."""
    return " ".join(_WORD.findall(text.casefold()))


def jaccard(first: str, second: str) -> float:
    """Returns how many of the triples of letters of two texts they have in common, 0 to 1."""
    left, right = _triples(normal(first)), _triples(normal(second))
    return len(left & right) / len(left | right) if left | right else 1.0


def cosine(first: str, second: str) -> float:
    """Returns the cosine of the counts of words and pairs of words of two texts, 0 to 1."""
    left, right = _words(first), _words(second)
    if len(left) > len(right):
        left, right = right, left
    return min(sum(weight * right.get(gram, 0.0) for gram, weight in left.items()), 1.0)


def _sentences(text: str) -> list[str]:
    made: list[str] = []
    start = 0
    for found in _END.finditer(text):
        closing = found[0].rstrip()
        end = found.start() + len(closing)
        # Its last letters alone: a text of nothing but short forms is one sentence.
        if not _SHORT_FORM.search(text[max(start, end - _LONGEST_FORM) : end]):
            made.append(text[start:end].strip())
            start = found.end()
    made.append(text[start:].strip())
    return [sentence for sentence in made if sentence]


@lru_cache(maxsize=2_000)
def _triples(text: str) -> frozenset[str]:
    return (
        frozenset(text[at : at + 3] for at in range(max(1, len(text) - 2))) if text else frozenset()
    )


@lru_cache(maxsize=2_000)
def _words(text: str) -> Mapping[str, float]:
    """Returns the counts of words and of pairs of them, as a vector of length 1."""
    words = normal(text).split()
    counts = Counter([*words, *(f"{a} {b}" for a, b in pairwise(words))])
    length = math.sqrt(sum(count * count for count in counts.values()))
    return {gram: count / length for gram, count in counts.items()}
