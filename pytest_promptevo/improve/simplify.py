"""A genome that was found loses the changes that make no difference: a tie is the old value's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError, RecordingMissing
from pytest_promptevo.evaluation.evaluation import Evaluation
from pytest_promptevo.evaluation.repeats import SEARCH_DRAW
from pytest_promptevo.recording.record import best_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Result
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Example, Request
    from pytest_promptevo.recording import Recording


def simplified(
    evaluator: Evaluator, result: Result, before: Genome, examples: Sequence[Example]
) -> Result:
    """Reverts each gene of the recommended genome whose old value scores exactly the same.

    Only answers that the search itself has seen count: no model is asked, and the same search
    ends with the same genome whatever else is recorded. That covers values that render the
    same requests, and limits of tokens that no answer reaches.

    Args:
        evaluator: The suite's evaluator.
        result: What the search found.
        before: The old genome.
        examples: What the search evaluated on, in its order.

    Returns:
        The result with the simpler genome and its evaluations, or as it was.
    """
    found, seen = result.recommended, result.scored.get(result.recommended, {})
    if found == before or evaluator.suite.target or len(seen) < len(examples):
        return result
    answers = _Answers.of(evaluator, result)
    wanted = [seen[index].score for index in range(len(examples))]
    simple, known = found, dict(seen)
    reverted = True
    while reverted:  # what one gene hid from another may show when it is back
        reverted = False
        for name in [name for name in simple if simple[name] != before.get(name, simple[name])]:
            candidate = simple.with_(**{name: before[name]})
            evaluations = answers.evaluations(candidate, examples)
            if evaluations and [evaluation.score for evaluation in evaluations] == wanted:
                simple, known, reverted = candidate, dict(enumerate(evaluations)), True
    if simple == found:
        return result
    return replace(
        result,
        recommended=simple,
        trace=(*result.trace, (result.calls, simple)),
        scored={**result.scored, simple: known},
    )


@dataclass(frozen=True)
class _Answers:
    """The answers that a search has seen, and what they make of a genome.

    Attributes:
        evaluator: The suite's evaluator.
        recordings: Key of a request to its answers.
    """

    evaluator: Evaluator
    recordings: dict[str, list[Recording]]

    @classmethod
    def of(cls, evaluator: Evaluator, result: Result) -> _Answers:
        recordings: dict[str, dict[Recording, None]] = {}
        for scored in result.scored.values():
            for evaluation in scored.values():
                for asked in evaluation.calls if isinstance(evaluation, Evaluation) else ():
                    recordings.setdefault(asked.recording.key, {})[asked.recording] = None
        return cls(evaluator, {key: list(each) for key, each in recordings.items()})

    def answer(self, request: Request) -> Recording:
        """Returns the answer to a request.

        Raises:
            RecordingMissing: if the search has not seen any.
        """
        key = request.key(self.evaluator.answers.model_digest(request.model))
        if found := best_for(self.recordings.get(key, ()), request.max_tokens):
            return found
        raise RecordingMissing("the search has not seen it")

    def evaluations(self, genome: Genome, examples: Sequence[Example]) -> list[Evaluation]:
        """Returns a genome's evaluations of all examples; nothing if an answer is unknown."""
        draw = SEARCH_DRAW if self.evaluator.suite.is_noisy(genome) else 0
        try:
            return [
                self.evaluator.evaluate_by(self.answer, genome, example, draw)
                for example in examples
            ]
        except PromptEvoError:
            return []
