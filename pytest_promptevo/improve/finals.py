"""Further examples for the best genomes of a search, as long as they are close to each other.

A search over many examples compares its genomes on a part of them: most are told apart there, and
to see the others on all would cost as many calls as there are examples. What is left are some
that look alike. They see more examples, block by block, and who is behind by more than chance
drops out; it ends when one is left, when no other can be better by more than a point, or when
there are no further examples. It is a choice and no proof: a test on other examples follows.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from pytest_promptevo.evolve.result import INTERRUPTED
from pytest_promptevo.fitness import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_promptevo.evaluation.call_counter import CallCounter
    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Result
    from pytest_promptevo.fitness import Objectives, Scored
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example

FINALISTS = 4
"""Genomes that see further examples at most."""

BLOCK = 50
"""Examples that each of them sees before they are compared again."""

_ERRORS = 2.0
"""Standard errors of a paired difference that chance explains."""

_POINT = 0.01
"""Fitness that is not worth another call."""


Seen = dict[int, "Scored"]
"""What a genome got, by the place of the example."""


@dataclass(frozen=True)
class Finals:
    """The finals of a search.

    Attributes:
        evaluator: The suite's evaluator.
        evaluate: Evaluates a genome on an example as the search did.
        counter: Counts calls as the search did.
        before: The genome that the search started from; on ties its values win.
        left: Most calls that they may take.
    """

    evaluator: Evaluator
    evaluate: Callable[[Genome, Example], Evaluation]
    counter: CallCounter
    before: Genome
    left: float = math.inf

    def held(
        self, result: Result, searched: Sequence[Example], spare: Sequence[Example]
    ) -> tuple[Result, tuple[Example, ...]]:
        """Lets the best genomes see further examples.

        Args:
            result: What the search found on the examples that it saw.
            searched: These examples.
            spare: Further ones, in the order in which they are seen.

        Returns:
            The result, with the best of the finalists and their scores, and all examples that
            it is about: those that were searched on, then those that finalists have seen.
        """
        if result.stopped in ("budget", INTERRUPTED) or not spare:
            return result, tuple(searched)
        seen = {genome: dict(result.scored[genome]) for genome in self._finalists(result)}
        alive, examples, calls, tokens = list(seen), list(searched), 0, 0.0
        for start in range(0, len(spare), BLOCK):
            block = spare[start : start + BLOCK]
            if not self._may_differ(seen, alive) or calls + len(alive) * len(block) > self.left:
                break
            for genome, evaluations in self._evaluated(alive, block).items():
                seen[genome].update(enumerate(evaluations, len(examples)))
                costs = [self.counter.count(each) for each in evaluations]
                calls += sum(costs)
                paid = zip(evaluations, costs, strict=True)
                tokens += sum(each.score.tokens for each, cost in paid if cost)
            examples += block
            alive = self._not_behind(seen, alive)
        made = self._with_finals(result, alive[0], seen)
        made = replace(made, calls=result.calls + calls, tokens=result.tokens + tokens)
        return made, tuple(examples)

    def _finalists(self, result: Result) -> list[Genome]:
        """Returns the recommended genome and those that may be as good, best first.

        All have a score on every example of the search, and keep the hard limits if it does.
        """
        best = result.recommended
        seen = {
            genome: dict(scored)
            for genome, scored in result.scored.items()
            if len(scored) == len(result.scored[best])
            and (self._keeps_limits(scored) or not result.keeps_limits)
        }
        return self._not_behind(seen, list(seen))[:FINALISTS]

    def _keeps_limits(self, seen: Mapping[int, Scored]) -> bool:
        return not self._objectives.breaches([each.score for each in seen.values()])

    def _evaluated(
        self, genomes: Sequence[Genome], examples: Sequence[Example]
    ) -> dict[Genome, list[Evaluation]]:
        with ThreadPoolExecutor(self.evaluator.workers()) as pool:
            made = {
                genome: [pool.submit(self.evaluate, genome, example) for example in examples]
                for genome in genomes
            }
            try:
                return {genome: [each.result() for each in made[genome]] for genome in genomes}
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _not_behind(self, seen: Mapping[Genome, Seen], genomes: Sequence[Genome]) -> list[Genome]:
        """Returns the genomes that are behind the best by no more than chance, best first."""
        ranked = sorted(genomes, key=lambda each: self._rank(seen[each], each))
        gaps = [self._gap(seen[ranked[0]], seen[each]) for each in ranked]
        pairs = zip(ranked, gaps, strict=True)
        return [genome for genome, (mean, error) in pairs if mean <= _ERRORS * error]

    def _may_differ(self, seen: Mapping[Genome, Seen], alive: Sequence[Genome]) -> bool:
        """Whether one of the others may be better than the best by a point."""
        gaps = [self._gap(seen[alive[0]], seen[each]) for each in alive[1:]]
        return any(_ERRORS * error - mean >= _POINT for mean, error in gaps)

    def _rank(self, seen: Seen, genome: Genome) -> tuple[float, int]:
        changed = sum(genome[name] != self.before.get(name) for name in genome)
        return -round(fmean(self._fitness(seen)), 12), changed

    def _gap(self, best: Seen, other: Seen) -> tuple[float, float]:
        """Returns the mean of a paired difference, and its standard error."""
        pairs = zip(self._fitness(best), self._fitness(other), strict=True)
        differences = [one - two for one, two in pairs]
        return fmean(differences), stdev(differences) / math.sqrt(len(differences))

    def _fitness(self, seen: Seen) -> list[float]:
        return [self._objectives.fitness(seen[place].score) for place in sorted(seen)]

    @property
    def _objectives(self) -> Objectives:
        return self.evaluator.suite.objectives

    def _with_finals(self, result: Result, best: Genome, seen: Mapping[Genome, Seen]) -> Result:
        scores = [seen[best][place].score for place in sorted(seen[best])]
        trace = result.trace
        if best != result.recommended:
            trace = (*trace, (result.calls, best))
        return replace(
            result,
            recommended=best,
            fitness=figures(scores, self._objectives),
            keeps_limits=not self._objectives.breaches(scores),
            trace=trace,
            scored={**result.scored, **seen},
            evaluations=result.evaluations
            + sum(len(new) - len(result.scored[genome]) for genome, new in seen.items()),
        )
