"""Genomes that are proposed for production's traffic, beside the locked one."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evaluation.copies import copies, observations, scores_of, worst_scores
from pytest_promptevo.evaluation.measure import measured
from pytest_promptevo.evaluation.repeats import TEST_DRAW
from pytest_promptevo.improve.interleave import unexplained, with_latencies
from pytest_promptevo.improve.not_worse import Comparison, compare_all
from pytest_promptevo.improve.reward import reward_scale
from pytest_promptevo.improve.winner import drawn_for_test
from pytest_promptevo.lock import digests_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.fitness import Gate
    from pytest_promptevo.fitness.reward import RewardScale
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example


@dataclass(frozen=True)
class Tested:
    """A genome that was tested as a candidate.

    Attributes:
        genome: The genome.
        evaluations: Its evaluations of the held-out examples, as they are committed.
        drawn: Those that it was tested by: at a temperature above 0, others.
        gates: Gates of the locked genome and of this one on these examples, as tested.
        breach: What of the suite's gate it does not keep on them; empty if all.
        comparison: The paired test.
    """

    genome: Genome
    evaluations: Sequence[Evaluation]
    drawn: Sequence[Evaluation]
    gates: tuple[Gate, Gate]
    breach: str
    comparison: Comparison

    @property
    def problem(self) -> str:
        """Why it is left out; empty if it is proposed."""
        return self.breach or shortfall(self.comparison.difference.mean, self.comparison.margin)


@dataclass(frozen=True)
class Trial:
    """What came of the test of candidates.

    Attributes:
        tested: All that were tested, in the order in which they came.
        scale: From fitness to reward: it tells their answers and the locked genome's apart.
        held_out: Ids of the examples that they were tested on.
    """

    tested: tuple[Tested, ...]
    scale: RewardScale
    held_out: tuple[str, ...]

    @property
    def proposed(self) -> tuple[Tested, ...]:
        """Those that are proposed."""
        return tuple(each for each in self.tested if not each.problem)


def try_candidates(
    evaluator: Evaluator,
    locked: Genome,
    known: Sequence[Evaluation],
    genomes: Sequence[Genome],
    held_out: Sequence[Example],
    seed: int,
    evaluators: Sequence[Evaluator] = (),
    draw: int = TEST_DRAW,
    digests: Mapping[str, str] | None = None,
) -> Trial:
    """Tests genomes beside the locked one, on examples that their search never saw.

    One is proposed if it keeps the suite's gate on them and is, as far as was seen, not worse
    by more than the rollout's margin, which is a share of the scale of rewards (see
    `improve.not_worse`).

    After a search both sides are drawn for this test at a temperature above 0, and candidates
    again for the recordings, so that what passed by luck does not stay (see `improve.winner`).
    Where the lock's candidates are tested again, the draws of the recordings have not chosen
    anything and are the test.

    Args:
        evaluator: The suite's evaluator.
        locked: The locked genome.
        known: Its evaluations of all golden examples.
        genomes: The genomes to test.
        held_out: The examples; at least one.
        seed: Seed of the test.
        evaluators: Those of candidates that the lock has already, one for each genome.
        draw: First draw of the test at a temperature above 0.
        digests: Id to digest of the inputs, by which the lock tells the examples; those that it
            would get if not given.

    Raises:
        PromptEvoError: if a model cannot answer.
    """
    suite = evaluator.suite
    by_example = {evaluation.example: evaluation for evaluation in known}
    is_again = bool(evaluators)
    old = (
        [by_example[example.id] for example in held_out]
        if is_again
        else drawn_for_test(evaluator, locked, held_out, by_example, draw)
    )
    old = [evaluator.with_latency(locked, each) for each in old]
    sides = []
    for index, genome in enumerate(genomes):
        kept = measured(evaluators[index] if is_again else evaluator, genome, held_out)
        own = {evaluation.example: evaluation for evaluation in kept}
        drawn = kept if is_again else drawn_for_test(evaluator, genome, held_out, own, draw)
        compare = _comparable(evaluator, (locked, genome), old)
        sides.append((compare(kept), compare(drawn)))
    places, apart = copies(old), observations(suite, old)
    scores = [scores_of(drawn, places) for _, drawn in sides]
    scale = reward_scale(suite.objectives, [[each.score for each in known], *scores])
    before = scores_of(old, places)
    comparisons = compare_all(
        scores_of(old, apart),
        [scores_of(drawn, apart) for _, drawn in sides],
        suite.objectives,
        scale,
        suite.rollout.margin,
        np.random.default_rng([seed, zlib.crc32(suite.name.encode())]),
    )
    if digests is None:
        digests = digests_of(suite, held_out, [each.plain() for each in (locked, *genomes)])
    tested = []
    for genome, (kept, drawn), own_scores, comparison in zip(
        genomes, sides, scores, comparisons, strict=True
    ):
        gates = suite.judge(before), suite.judge(own_scores)
        breaches = suite.judge(worst_scores(kept, digests)).breaches
        tested.append(Tested(genome, kept, drawn, gates, "; ".join(breaches[:1]), comparison))
    return Trial(tuple(tested), scale, tuple(example.id for example in held_out))


def _comparable(
    evaluator: Evaluator, genomes: tuple[Genome, Genome], old: Sequence[Evaluation]
) -> Callable[[Sequence[Evaluation]], list[Evaluation]]:
    """Returns what gives a candidate's evaluations latencies that compare with the locked ones.

    What tokens do not explain is left out: nobody measures candidates side by side.
    """
    if unexplained(evaluator, genomes):
        return lambda new: with_latencies(new, old)
    return lambda new: [evaluator.with_latency(genomes[1], each) for each in new]


def shortfall(difference: float, margin: float) -> str:
    """Returns why a candidate is left out that is, as far as was seen, worse by a margin."""
    if difference >= -margin - 1e-9:
        return ""
    return f"worse than the locked genome by {-difference:.3g}, more than the margin {margin:.3g}"
