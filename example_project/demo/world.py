"""Customers who write golden examples, and genomes that answer as they were recorded."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.runtime import InvalidAnswer

from .evolution import SPEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.prompt import Completion, Example, Request
    from pytest_promptevo.runtime import Turn


class World:
    """Customers and models.

    Args:
        evaluator: Knows the answers, and scores them.
        examples: Golden examples: what customers write, and what they want to hear.

    Attributes:
        spoiled: Id of an arm that gets the messages of other customers; nothing: none does.
    """

    def __init__(self, evaluator: Evaluator, examples: Sequence[Example]) -> None:
        self.spoiled = ""
        self._evaluator = evaluator
        self._examples = examples
        self._rng = random.Random(1)

    def answer(self, turn: Turn) -> float:
        """Answers a customer and reports how good that was; returns the quality."""
        example = asked_about = self._rng.choice(self._examples)
        if turn.arm == self.spoiled:
            others = [each for each in self._examples if each is not example]
            asked_about = self._rng.choice(others)

        def ask(request: Request) -> Completion:
            made = self._evaluator.answers.answer(request, asked_about.id)
            took_ms = SPEED.latency_ms(made.prompt_tokens, made.completion_tokens)
            return replace(made.completion(), latency_ms=took_ms)

        try:
            done = turn.answer(ask, **asked_about.inputs)
        except InvalidAnswer:
            return 0.0  # reported by the turn itself
        quality, _ = self._evaluator.suite.scorers.score(done.output, example)
        turn.report(quality)
        return quality
