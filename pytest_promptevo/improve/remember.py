"""Makes the record of a search (see `search_record`) of what came out of it."""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.fitness import figures
from pytest_promptevo.improve.lock_entry import confirmed_of
from pytest_promptevo.improve.search_record import (
    MOST_BESIDE,
    MOST_CELLS,
    MOST_TRIED,
    PARTS,
    Row,
    SearchRecord,
    Step,
    Tried,
)
from pytest_promptevo.lock.parts import rounded, suite_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_promptevo.fitness import Estimate, Objectives, Score, Scored
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.plan import Outcome, Plan
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


def record_of(
    suite: Suite, outcome: Outcome, plan: Plan, examples: Sequence[Example]
) -> SearchRecord | None:
    """Returns the record of a search; None of one that has scored nothing it recommends.

    Args:
        suite: The suite.
        outcome: What came out.
        plan: How it searched.
        examples: The examples that it saw.
    """
    result = outcome.result
    scored, found = _scored(outcome, examples), result.recommended
    kept = _kept(outcome, scored)
    place = {genome: index for index, genome in enumerate(kept)}
    if found not in place:
        return None
    adjusted = _adjusted(scored, suite.objectives, len(examples))
    beside = (
        _beside(suite, outcome, scored, kept, len(examples)) if len(examples) <= MOST_CELLS else []
    )
    trace = [Step(calls=calls, tried=place[each]) for calls, each in result.trace if each in place]
    return SearchRecord(
        ended=time.time(),
        parts={name: suite.fingerprints[name] for name in PARTS},
        strategy=plan.strategy,
        seed=plan.seed,
        calls=outcome.calls,
        search_calls=result.calls,
        evaluations=result.evaluations,
        generations=result.generations,
        stopped=result.stopped,
        accepted=outcome.accepted,
        reason=outcome.reason,
        examples=len(examples),
        genomes=len(scored),
        before=place.get(outcome.before, 0),
        found=place[found],
        tried=[_tried(genome, scored[genome], suite, adjusted[genome]) for genome in kept],
        front=[place[genome] for genome, _ in result.front if genome in place],
        trace=trace[-MOST_TRIED:],
        rows=[_row(place[genome], scored[genome], examples) for genome in beside],
        is_held_out=outcome.confirmation is not None,
        test=[suite_figures(gate.figures) for gate in outcome.unseen],
        confirmed=confirmed_of(outcome.confirmation),
    )


def _scored(outcome: Outcome, examples: Sequence[Example]) -> Mapping[Genome, Mapping[int, Scored]]:
    """Returns what the search scored; of the old genome what is known beside, as it was judged."""
    before, scored = outcome.before, outcome.result.scored
    known = {each.example: each for each in outcome.evaluations.get(before, ())}
    whole = {at: known[each.id] for at, each in enumerate(examples) if each.id in known}
    return {**scored, before: {**whole, **scored.get(before, {})}}


def _kept(outcome: Outcome, scored: Mapping[Genome, Mapping[int, Scored]]) -> list[Genome]:
    """Returns the genomes that are kept: those with a name first, then who has seen most."""
    result = outcome.result
    named = [outcome.before, result.recommended, *(genome for genome, _ in result.front)]
    named += [genome for _, genome in reversed(result.trace)]
    others = sorted(scored, key=lambda each: -len(scored[each]))
    known = (genome for genome in dict.fromkeys([*named, *others]) if scored.get(genome))
    return list(known)[:MOST_TRIED]


def _beside(
    suite: Suite,
    outcome: Outcome,
    scored: Mapping[Genome, Mapping[int, Scored]],
    kept: Iterable[Genome],
    examples: int,
) -> list[Genome]:
    """Returns the old, the found and the next best genomes that did something else.

    The next best have seen all examples, as those have; the fittest that keep the limits first.
    """
    firsts = [outcome.before, outcome.result.recommended]
    taken = [genome for genome in dict.fromkeys(firsts) if scored.get(genome)]
    seen = {_qualities(scored[genome]) for genome in taken}
    whole = [each for each in kept if len(scored[each]) == examples and each not in taken]
    for genome in sorted(whole, key=lambda each: _rank(suite, scored[each]), reverse=True):
        if len(taken) == MOST_BESIDE + len(set(firsts)):
            break
        if (did := _qualities(scored[genome])) not in seen:
            seen.add(did)
            taken.append(genome)
    return taken


def _qualities(seen: Mapping[int, Scored]) -> tuple[tuple[int, float], ...]:
    return tuple((place, seen[place].score.quality) for place in sorted(seen))


def _rank(suite: Suite, seen: Mapping[int, Scored]) -> tuple[bool, float]:
    scores = _scores(seen)
    mean = float(np.mean([suite.objectives.fitness(score) for score in scores]))
    return not suite.objectives.breaches(scores), mean


def _scores(seen: Mapping[int, Scored]) -> list[Score]:
    return [seen[place].score for place in sorted(seen)]


def _adjusted(
    scored: Mapping[Genome, Mapping[int, Scored]], objectives: Objectives, examples: int
) -> dict[Genome, float]:
    """Returns each genome's fitness as if it had seen all examples (see `Tried.adjusted`)."""
    total, count = np.zeros(examples), np.zeros(examples)
    fitness = {
        genome: {place: objectives.fitness(each.score) for place, each in seen.items()}
        for genome, seen in scored.items()
        if seen
    }
    for place, value in chain.from_iterable(each.items() for each in fitness.values()):
        total[place] += value
        count[place] += 1
    means = total / np.maximum(count, 1)
    level = float(means[count > 0].mean())
    return {
        genome: level + float(np.mean([value - means[place] for place, value in seen.items()]))
        for genome, seen in fitness.items()
    }


def _tried(genome: Genome, seen: Mapping[int, Scored], suite: Suite, adjusted: float) -> Tried:
    scores = _scores(seen)
    made = figures(scores, suite.objectives)
    return Tried(
        genome=genome.plain(),
        n=len(scores),
        fitness=_span(made.fitness),
        quality=_span(made.objectives["quality"]),
        latency_ms=_span(made.objectives["latency_ms"]),
        tokens=_span(made.objectives["tokens"]),
        adjusted=rounded(adjusted),
        keeps_limits=not suite.objectives.breaches(scores),
    )


def _span(estimate: Estimate) -> list[float]:
    return [rounded(each) for each in (estimate.mean, estimate.low, estimate.high)]


def _row(place: int, seen: Mapping[int, Scored], examples: Sequence[Example]) -> Row:
    quality = {examples[at].id: rounded(each.score.quality) for at, each in sorted(seen.items())}
    return Row(tried=place, quality=quality)
