"""Which genomes of a search are worth a test as candidates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.improve.reward import reward_scale
from pytest_promptevo.improve.simplify import simplified

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Result
    from pytest_promptevo.fitness import Score, Scored
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example

_UNFINISHED = "did not see all of its examples (it gave them up, or ended before)"
_ALIKE = "behaved like the locked one, or like one before, on all of them"
_LIMITS = "broke a hard limit"
_INPUTS = "took other inputs than the locked one"
_WORSE = "fell short of the locked one by more than the margin"
_DROPPED = "had been dropped in production"

_Scores = tuple["Score", ...]


def contenders(
    evaluator: Evaluator,
    result: Result,
    before: Genome,
    locked: Genome,
    examples: Sequence[Example],
    most: int,
    barred: Collection[Genome] = (),
) -> tuple[list[Genome], Counter[str]]:
    """Returns the best genomes of a search beside the locked one, best first; why not others.

    They have a score on every example of the search (others it gave up, or knows too little
    of), keep the hard limits there, and are by its estimate not worse than the locked genome by
    more than the rollout's margin. They take the same inputs, and each behaves in another way
    than the locked genome and than those before it: one that got the same scores on all
    examples, latency apart, is the same prompt in other words. Genes whose old value makes no
    difference have that (see `improve.simplify`).

    Args:
        evaluator: The suite's evaluator.
        result: What the search found.
        before: The genome that it started from.
        locked: The genome that is locked when it is over.
        examples: The examples of the search, those of its finals apart.
        most: Most genomes.
        barred: Genomes that are none.

    Returns:
        The genomes; and how many others were left out, by the reason (see `told_of`).
    """
    suite, whole = evaluator.suite, range(len(examples))
    estimates: dict[Genome, _Scores] = {
        genome: tuple(scored[index].score for index in whole)
        for genome, scored in result.scored.items()
        if len(scored) >= len(examples)  # finalists have seen others, too
    }
    known = result.scored.get(locked, {})
    inputs, seen = suite.prompt.inputs(locked), {_behaviour(estimates.get(locked, ()))}
    found: list[Genome] = []
    others = result.scored.keys() - {locked}
    left_out = Counter({_UNFINISHED: len(others - estimates.keys())})
    for genome in sorted(estimates, key=lambda each: -_mean(evaluator, estimates[each])):
        scores = estimates[genome]
        if genome == locked:
            continue
        if len(found) == most:
            break
        if _behaviour(scores) in seen:
            left_out[_ALIKE] += 1
        elif suite.objectives.breaches(scores):
            left_out[_LIMITS] += 1
        elif suite.prompt.inputs(genome) != inputs:
            left_out[_INPUTS] += 1
        elif _falls_short(evaluator, known, result.scored[genome]):
            left_out[_WORSE] += 1
        else:
            seen.add(_behaviour(scores))
            simple = simplified(evaluator, replace(result, recommended=genome), before, examples)
            if simple.recommended in barred:
                left_out[_DROPPED] += 1
            elif simple.recommended in (before, locked, *found):
                left_out[_ALIKE] += 1
            else:
                found.append(simple.recommended)
    return found, left_out


def told_of(left_out: Mapping[str, int]) -> str:
    """Returns why no genome of a search is a candidate, with how many there are of each reason."""
    told = [f"{count:,} {why}" for why, count in left_out.items() if count]
    if not told:
        return "the search tried no other genome"
    return f"of the other genomes of the search {', '.join(told)}"


def _falls_short(
    evaluator: Evaluator, locked: Mapping[int, Scored], genome: Mapping[int, Scored]
) -> bool:
    """Whether a genome is worse by more than the margin, on the examples both have seen."""
    suite = evaluator.suite
    shared = [index for index in locked if index in genome]
    if not shared:
        return False
    sides = [[side[index].score for index in shared] for side in (locked, genome)]
    scale = reward_scale(suite.objectives, sides)
    margin = suite.rollout.margin * (scale.high - scale.low)
    return _mean(evaluator, sides[1]) < _mean(evaluator, sides[0]) - margin


def _mean(evaluator: Evaluator, scores: Sequence[Score]) -> float:
    return fmean(map(evaluator.suite.objectives.fitness, scores))


def _behaviour(scores: Sequence[Score]) -> tuple[tuple[float, float, float], ...]:
    """Returns what tells genomes apart: quality, tokens and repairs on each example."""
    return tuple((score.quality, score.tokens, score.repairs) for score in scores)
