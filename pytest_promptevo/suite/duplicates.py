"""Groups of golden and few-shot examples that are the same but for case, punctuation or a word."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.suite.near_texts import NearTexts, near_pairs, without_slots
from pytest_promptevo.suite.normal_text import normal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_promptevo.prompt.example import Example


_OVERLAP = 0.4
"""Share of their sequences of three characters that near-duplicates have in common, at least: of
6,362 pairs in 16,000 real messages, copies with edits among them, the least was 0.53."""

_MOST_CHARACTERS = 20_000
_IN_PART = (
    "there is so much text, or so much that examples have in common, that near-duplicates were "
    "looked for in part: others may count as several examples though they are one"
)


@dataclass(frozen=True)
class Duplicates:
    """Near-duplicates among the examples of a suite.

    Attributes:
        golden: For each golden example the number of its group.
        shots: Id of a golden example to the ids of the few-shot examples of its group.
        notes: What a user should know of them, a sentence each.
    """

    golden: tuple[int, ...]
    shots: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    @classmethod
    def among(cls, golden: Sequence[Example], pool: Sequence[Example]) -> Duplicates:
        """Finds the groups of golden and few-shot examples."""
        groups, is_whole = grouped([*golden, *pool])
        of_golden, of_pool = groups[: len(golden)], groups[len(golden) :]
        members: defaultdict[int, list[str]] = defaultdict(list)
        for group, shot in zip(of_pool, pool, strict=True):
            members[group].append(shot.id)
        shots = {
            example.id: tuple(members[group])
            for group, example in zip(of_golden, golden, strict=True)
            if group in members
        }
        notes = [*_notes(golden, of_golden, shots), *([] if is_whole else [_IN_PART])]
        return cls(tuple(of_golden), shots, tuple(notes))


def _notes(
    golden: Sequence[Example], groups: Sequence[int], shots: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    together: defaultdict[int, list[str]] = defaultdict(list)
    for example, group in zip(golden, groups, strict=True):
        together[group].append(example.id)
    several = [ids for ids in together.values() if len(ids) > 1]
    if several:
        count = sum(map(len, several))
        yield (
            f"{count} of {len(golden)} golden examples are (nearly) the same as another one, "
            f"in {len(several)} {'groups' if len(several) > 1 else 'group'}, "
            f"such as {', '.join(several[0][:3])}: a search keeps each group together"
        )
    if shots:
        name, ids = next(iter(shots.items()))
        count = len({shot for each in shots.values() for shot in each})
        yield (
            f"{count} few-shot {'examples are' if count > 1 else 'example is'} (nearly) the same "
            f"as {len(shots)} of {len(golden)} golden examples, such as {ids[0]} as {name}: "
            "what would tell a golden example its answer is not shown to it"
        )


class Twins:
    """Finds the example that is (nearly) the same as a new one, without comparing all again.

    Args:
        known: Golden examples, few-shot examples, or both.
    """

    def __init__(self, known: Sequence[Example]) -> None:
        self._same: dict[str, Example] = {}
        for each in known:
            self._same.setdefault(normal(each.inputs), each)
        self._distinct = list(self._same.values())
        self._near = NearTexts([each.inputs for each in self._distinct])
        for texts in self._near.reading.texts:
            self._near.add(texts)

    @property
    def is_whole(self) -> bool:
        """Whether all were compared so far; where not, `of` may have missed some."""
        return self._near.is_whole

    def of(self, example: Example) -> Example | None:
        """Returns the first example that is (nearly) the same, or None."""
        same = self._same.get(normal(example.inputs))
        if same is not None:
            return same
        pairs = without_slots(self._near.near(self._near.reading.text(example.inputs)))
        return self._distinct[min(pairs)[0]] if pairs else None

    def add(self, example: Example) -> None:
        """Adds an example that has no twin."""
        self._same[normal(example.inputs)] = example
        self._distinct.append(example)
        self._near.add(self._near.reading.text(example.inputs))


def grouped(examples: Sequence[Example]) -> tuple[list[int], bool]:
    """Groups near-duplicates.

    Args:
        examples: Golden examples, few-shot examples, or both.

    Returns:
        For each example the index of the first one of its group, and whether all were compared
        that have enough in common.
    """
    first: dict[str, int] = {}
    groups = [first.setdefault(normal(each.inputs), index) for index, each in enumerate(examples)]
    distinct = list(first.values())
    pairs, is_whole = near_pairs([examples[index].inputs for index in distinct])
    for one, other in pairs:
        _join(groups, distinct[one], distinct[other])
    return [_root(groups, index) for index in range(len(groups))], is_whole


def may_overlap(others: Sequence[Example], shots: Sequence[Example]) -> bool:
    """Whether a few-shot example can be in a group with others; quick, and not too strict.

    Args:
        others: Golden examples, and the few-shot examples that may link them with those shown.
        shots: The few-shot examples that are shown.
    """
    shown = [_trigrams(shot) for shot in shots]
    asked = [_trigrams(example) for example in others]
    return any(
        not one or not other or _share(one, other) >= _OVERLAP for one in shown for other in asked
    )


def _share(one: set[str], other: set[str]) -> float:
    """Returns the share of all sequences that both have (Jaccard's index); neither is empty."""
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def _trigrams(example: Example) -> set[str]:
    """Returns the sequences of three characters of an example; none of a very long one."""
    text = normal(example.inputs)
    if len(text) > _MOST_CHARACTERS:
        return set()
    return {text[index : index + 3] for index in range(len(text) - 2)}


def _root(groups: list[int], index: int) -> int:
    while groups[index] != index:
        groups[index] = groups[groups[index]]
        index = groups[index]
    return index


def _join(groups: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(groups, one), _root(groups, other)))
    groups[high] = low
