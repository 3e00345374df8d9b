"""Copies of an example: they are one observation and not several.

One request has one answer, and near-duplicates have as good as one. To a test that takes them
for several, what befell one answer looks like a rule.
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import Score

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.suite import Suite


def copies(*sides: Sequence[Evaluation]) -> list[list[int]]:
    """Returns the places of evaluations, of those that rest on the same answers together.

    Args:
        sides: The evaluations; of several genomes each the same examples in the same order.
            The first one that could ask the model at all tells the copies.
    """
    places: dict[Hashable, list[int]] = {}
    for place, evaluations in enumerate(zip(*sides, strict=True)):
        told = next((each for each in evaluations if each.asked), evaluations[0])
        places.setdefault(told.requests or told.example, []).append(place)
    return list(places.values())


def observations(suite: Suite, *sides: Sequence[Evaluation]) -> list[list[int]]:
    """Returns the places of evaluations, copies and near-duplicates of one another together.

    Args:
        suite: Their suite.
        sides: The evaluations, as for `copies`.
    """
    near = dict(zip(suite.by_id, suite.duplicates.golden, strict=True))
    first: dict[Hashable, int] = {}
    parent = list(range(len(sides[0])))
    for group in copies(*sides):
        for place in group:
            for key in (("copy", group[0]), ("near", near[sides[0][place].example])):
                _join(parent, first.setdefault(key, place), place)
    places: dict[int, list[int]] = {}
    for place in range(len(parent)):
        places.setdefault(_root(parent, place), []).append(place)
    return list(places.values())


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = place = parent[parent[place]]
    return place


def _join(parent: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(parent, one), _root(parent, other)))
    parent[high] = low


def scores_of(evaluations: Sequence[Evaluation], places: Sequence[Sequence[int]]) -> list[Score]:
    """Returns one score for each group of copies: its mean.

    Args:
        evaluations: The evaluations.
        places: What `copies` returned.
    """
    return [_mean([evaluations[place].score for place in group]) for group in places]


def worst_scores(evaluations: Iterable[Evaluation], digests: Mapping[str, str]) -> list[Score]:
    """Returns the scores by which a gate is judged: of several with the same inputs the worst.

    Copies of one that passes would outweigh those that fail.

    Args:
        evaluations: The evaluations.
        digests: Id to digest of the inputs; an example without one counts by itself.
    """
    worst: dict[str, Score] = {}
    for evaluation in evaluations:
        key, score = digests.get(evaluation.example, evaluation.example), evaluation.score
        worst[key] = min(worst.get(key, score), score, key=lambda each: each.quality)
    return list(worst.values())


def _mean(scores: Sequence[Score]) -> Score:
    if len(scores) == 1:
        return scores[0]
    columns = zip(*(score.vector() for score in scores), strict=True)
    return Score(*(fmean(column) for column in columns))
