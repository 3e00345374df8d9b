"""Pairs of a message and a topic, right by the label that people gave to the message, or wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.benchmarks.search.golden import messages

SOURCES = ("banking77", "clinc150")
PAIRS = 100
_SEED = 100


@dataclass(frozen=True)
class Pair:
    """An answer about a message, and what people say of it.

    Attributes:
        id: Names the data set and counts its pairs.
        message: What somebody wrote.
        topic: The label of the data set, in words.
        answer: The topic, or another one of the same data set.
    """

    id: str
    message: str
    topic: str
    answer: str

    @property
    def is_right(self) -> bool:
        """Whether the label of the data set says so."""
        return self.answer == self.topic


def pairs(count: int = PAIRS) -> list[Pair]:
    """Returns pairs of both data sets, half of each right; always the same for a count.

    Raises:
        ValueError: if they cannot be shared evenly.
    """
    if count < 1 or count % 4:
        raise ValueError(f"{count} pairs cannot be shared by two data sets and two verdicts")
    return [pair for source in SOURCES for pair in _of(source, count // len(SOURCES))]


def _of(source: str, count: int) -> list[Pair]:
    """Draws as many labels, a message of each one's in the test split, and the wrong topics."""
    by_label: dict[str, set[str]] = {}
    for text, label in messages(source, "test"):
        by_label.setdefault(label, set()).add(text)
    labels = sorted(by_label)
    if count > len(labels):
        raise ValueError(f"{source} has {len(labels)} topics, which make no {count} pairs")
    rng = np.random.default_rng([_SEED, SOURCES.index(source)])
    drawn = []
    for number, label_index in enumerate(rng.permutation(len(labels))[:count]):
        label = labels[label_index]
        texts = sorted(by_label[label])
        message = texts[rng.integers(len(texts))]
        others = [each for each in labels if each != label]
        other = others[rng.integers(len(others))]
        answer = label if number % 2 == 0 else other
        drawn.append(Pair(f"{source}-{number}", message, _in_words(label), _in_words(answer)))
    return drawn


def _in_words(label: str) -> str:
    return label.replace("_", " ").strip(" ?").lower()
