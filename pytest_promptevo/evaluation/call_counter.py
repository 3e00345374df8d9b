"""The price of a search in calls, the same whether they are paid or replayed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import ContextOverflow
from pytest_promptevo.recording.record import best_for

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.fitness import Score
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.recording import Recording
    from pytest_promptevo.suite.golden import Example


class CallCounter:
    """Counts the calls that a search needs, the same whether they are paid or replayed.

    A request costs a call unless the search has asked it before, or an answer that it
    has seen serves its token limit (see `Recording.serves`).
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._seen: dict[str, list[Recording]] = {}

    def __call__(self, genome: Genome, example: Example, _score: Score) -> int:
        """Returns the calls of an evaluation that was made."""
        try:
            verdict = self._evaluator.verdict(genome, example)
        except ContextOverflow:
            return 0
        cost = 0
        for asked in verdict.asked:
            seen = self._seen.setdefault(asked.key, [])
            if best_for(seen, asked.max_tokens) is None:
                cost += 1
                seen.append(replace(asked.recording, max_tokens=asked.max_tokens))
        return cost
