"""Five generations beside the greedy loop, on the same answers; both measured on unseen ones."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evaluation.measure import attempted, measured
from pytest_promptevo.evaluation.repeats import SEARCH_DRAW
from pytest_promptevo.evolve import Budget, Confirmation, Split, confirm, evolve
from pytest_promptevo.fitness import Speed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Progress, Result
    from pytest_promptevo.fitness import Objectives
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

SPEED = Speed(prompt_ms=2.75, completion_ms=26.29, r2=0.98)
"""Speed of the embedded model on two cores that did nothing else.

Latencies are modelled by it: those that were measured tell of the load of their hour.
"""

SEED = 6
"""The first one from 5 on with which the search does not converge before its last generation."""

SEARCHED = 8
"""Golden examples that a search sees."""

HELD_OUT = 24
"""Golden examples that no search sees: genomes are compared on them, and customers write them."""

GENERATIONS = 5
GENOMES = 12 + 6 * (GENERATIONS - 1)
"""Genomes that `classic` tries in so many generations."""


@dataclass(frozen=True)
class Searched:
    """What a strategy did.

    Attributes:
        result: What it found.
        calls: Calls to the model that it needs, if nothing is known before.
        minutes: What the model takes for them, one call after the other.
    """

    result: Result
    calls: int
    minutes: float


@dataclass(frozen=True)
class Evolved:
    """Both searches, and their genomes on the held-out examples.

    Attributes:
        examples: What was searched on and what was held out.
        shipped: The genome that the suite ships.
        classic: Five generations.
        greedy: The loop that people write first.
        best: The best three genomes of the generations, the best one first.
        held_out: Genome to its evaluations of the held-out examples.
        confirmation: The paired test of the best genome against the shipped one.
        all: Every evaluation that was made.
    """

    examples: Split
    shipped: Genome
    classic: Searched
    greedy: Searched
    best: tuple[Genome, ...]
    held_out: dict[Genome, list[Evaluation]]
    confirmation: Confirmation
    all: list[Evaluation]


def examples_of(suite: Suite) -> Split:
    """Splits golden examples into those that searches see and those that they do not."""
    order = np.random.default_rng(SEED).permutation(len(suite.examples))
    drawn = [suite.examples[index] for index in order]
    return Split(tuple(drawn[:SEARCHED]), tuple(drawn[-HELD_OUT:]))


def evolve_both(evaluator: Evaluator, shipped: Genome, told: Callable[[str], None]) -> Evolved:
    """Searches with both strategies, and measures what they found."""
    suite, parts = evaluator.suite, examples_of(evaluator.suite)
    evaluator.speeds = {suite.prompt.reference(shipped): SPEED}
    classic = _searched(evaluator, shipped, "classic", parts.search, GENOMES, told)
    greedy = _searched(evaluator, shipped, "greedy", parts.search, 11, told)
    best = best_of(classic.result, shipped, suite.objectives)
    held_out = {}
    for genome in dict.fromkeys((shipped, greedy.result.recommended, *best)):
        told("genomes on the held-out examples")
        found = measured(evaluator, genome, parts.confirm)
        held_out[genome] = [evaluator.with_latency(genome, each) for each in found]
    made = [*_evaluations(classic.result), *_evaluations(greedy.result)]
    before, after = ([each.score for each in held_out[genome]] for genome in (shipped, best[0]))
    return Evolved(
        parts,
        shipped,
        classic,
        greedy,
        best,
        held_out,
        confirm(before, after, suite.objectives, SEED),
        [*made, *(each for found in held_out.values() for each in found)],
    )


def _searched(
    evaluator: Evaluator,
    shipped: Genome,
    strategy: str,
    examples: Sequence[Example],
    genomes: int,
    told: Callable[[str], None],
) -> Searched:
    def show(progress: Progress) -> None:
        told(
            f"{strategy}: {progress.phase}, {progress.evaluations} of "
            f"{genomes * len(examples)} evaluations"
        )

    result = evolve(
        evaluator.suite.space,
        examples,
        lambda genome, example: _seen_by_search(evaluator, genome, example),
        initial=shipped,
        strategy=strategy,
        budget=Budget(calls=genomes * len(examples)),
        rng=SEED,
        objectives=evaluator.suite.objectives,
        workers=evaluator.workers(),
        progress=show,
    )
    needed = {
        (asked.recording.key, asked.recording.max_tokens): asked.recording
        for evaluation in _evaluations(result)
        for asked in evaluation.asked
    }
    took_ms = sum(
        SPEED.latency_ms(made.prompt_tokens, made.completion_tokens) for made in needed.values()
    )
    return Searched(result, len(needed), took_ms / 60_000)


def _seen_by_search(evaluator: Evaluator, genome: Genome, example: Example) -> Evaluation:
    draw = SEARCH_DRAW if evaluator.suite.is_noisy(genome) else 0
    return attempted(evaluator, genome, example, draw)


def _evaluations(result: Result) -> Iterable[Evaluation]:
    for scored in result.scored.values():
        yield from scored.values()


def best_of(
    result: Result, shipped: Genome, objectives: Objectives, most: int = 3
) -> tuple[Genome, ...]:
    """Returns the best genomes of a search, each of which got other answers than the others."""

    def rank(genome: Genome) -> tuple[bool, float]:
        scored = result.scored[genome].values()
        return genome == result.recommended, fmean(
            objectives.fitness(each.score) for each in scored
        )

    whole = max(len(scored) for scored in result.scored.values())
    ranked = sorted(
        (
            genome
            for genome, scored in result.scored.items()
            if genome != shipped and len(scored) == whole
        ),
        key=rank,
        reverse=True,
    )
    found: dict[tuple[str, ...], Genome] = {}
    for genome in ranked:
        found.setdefault(_answers(result, genome), genome)
    return tuple(found.values())[:most]


def _answers(result: Result, genome: Genome) -> tuple[str, ...]:
    scored = result.scored[genome]
    return tuple(scored[index].feedback.output for index in sorted(scored))
