"""What is measured of the old and the found genome when a search is over."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.evaluation.measure import measured
from pytest_promptevo.evaluation.repeats import TEST_DRAW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Result
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.prompt import Example

_APART = 1_000
"""More draws than a suite may repeat."""


def seen_by_search(
    evaluator: Evaluator, result: Result, genome: Genome, examples: Sequence[Example]
) -> dict[str, Evaluation]:
    """Returns what the search saw of a genome and a verdict may rest on, by example.

    At a temperature above 0 that is nothing: these draws have chosen the genome.

    Args:
        evaluator: The suite's evaluator.
        result: What the search found.
        genome: The genome.
        examples: The examples of the search.
    """
    if evaluator.suite.is_noisy(genome):
        return {}
    scored = result.scored.get(genome, {})
    return {
        examples[index].id: evaluation
        for index, evaluation in scored.items()
        if isinstance(evaluation, Evaluation)
    }


def first_draw(entry: Entry | None) -> int:
    """Returns the first draw of both genomes in a test, which no test before has seen.

    The draws by which an entry was accepted are better than its genome deserves. So the next
    search, in which that is the old genome, takes others; where it is gone on with, the same.

    Args:
        entry: The suite's lock entry before the search, if any.
    """
    if entry is None:
        return TEST_DRAW
    told = {name: entry.plain().get(name) for name in ("genome", "search", "proposal")}
    return TEST_DRAW + _APART * (1 + zlib.crc32(canonical_json(told).encode()) % 1_000_000)


def drawn_for_test(
    evaluator: Evaluator,
    genome: Genome,
    examples: Sequence[Example],
    known: Mapping[str, Evaluation],
    draw: int = TEST_DRAW,
) -> list[Evaluation]:
    """Returns a genome's evaluations of the examples that old and new one are compared on.

    At a temperature above 0 they are drawn for this test alone. The draws that made the suite
    fail, and so started the search, are worse than the old genome deserves; those by which a
    winner was accepted are better than it deserves, so its lock entry has others, too.

    Args:
        evaluator: The suite's evaluator.
        genome: The genome.
        examples: The examples.
        known: Its evaluations of some of them.
        draw: Number of the first draw (see `first_draw`).
    """
    if evaluator.suite.is_noisy(genome):
        return measured(evaluator, genome, examples, draw)
    return on(evaluator, genome, examples, known)


def on(
    evaluator: Evaluator,
    genome: Genome,
    examples: Sequence[Example],
    known: Mapping[str, Evaluation],
) -> list[Evaluation]:
    """Returns a genome's evaluations of examples, in their order, and makes those missing."""
    missing = [example for example in examples if example.id not in known]
    new = {evaluation.example: evaluation for evaluation in measured(evaluator, genome, missing)}
    return [{**known, **new}[example.id] for example in examples]
