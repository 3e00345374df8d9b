"""Scorers at work on an output, those that ask a model of the suite among them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError, RecordingMissing
from pytest_promptevo.evaluation.evaluation import Asked, HumanJudged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_promptevo.prompt import Completion, Example, Output, Request
    from pytest_promptevo.recording import Recording
    from pytest_promptevo.scorers import Judged
    from pytest_promptevo.suite import Suite


class Judging:
    """The scorers of a suite with what they may ask.

    Args:
        suite: The suite.
        answer: Answers requests: what judges ask is recorded like all answers.
        draw: Number of the draw that is judged.

    Attributes:
        asked: What was asked, in order.
        error: What came up while a model was asked: it is no fault of a scorer.
    """

    def __init__(self, suite: Suite, answer: Callable[[Request], Recording], draw: int = 0) -> None:
        self.asked: list[Asked] = []
        self.error: PromptEvoError | None = None
        self._suite, self._answer, self._draw = suite, answer, draw

    def score(self, output: Output, example: Example) -> Judged:
        """Returns the quality of a valid output; raises what scorers and models raise."""
        return self._suite.scorers.score(output, example, self._ask)

    def human(self, example: Example) -> Iterator[HumanJudged]:
        """Yields what the judges say of answers that people have judged.

        An answer that no valid output is, judges do not see: it is worth nothing to them. One
        about which nothing is recorded, where no model may be asked, is left out.
        """
        judges = self._suite.scorers.judges
        weights = sum(entry.weight for entry in judges)
        for answer, human in example.human if judges else ():
            self.asked.clear()
            output, quality = self._suite.prompt.parse({}, answer), 0.0
            try:
                for entry in judges if output.valid else ():
                    judged = entry.judge(output, example, self._ask)
                    quality += entry.weight * judged.quality / weights
            except RecordingMissing:
                continue
            yield HumanJudged(human, round(quality, 12), tuple(self.asked))

    def _ask(self, request: Request) -> Completion:
        """Answers a request whose model is a role."""
        request = replace(request, model=self._suite.prompt.models[request.model])
        try:
            recording = self._answer(request)
        except PromptEvoError as exc:
            self.error = exc
            raise
        self.asked.append(Asked(request.max_tokens, recording, self._draw))
        return recording.completion()
