"""The scorers of a suite, whose code may be anybody's: what fails or takes long is told."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.base.calling import Raised, users_code
from pytest_promptevo.base.patterns import SlowPattern
from pytest_promptevo.errors import ScorerFailed
from pytest_promptevo.scorers.verdict import WrongVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_promptevo.evaluation.judging import Judging
    from pytest_promptevo.prompt import Example, Output
    from pytest_promptevo.suite import Suite

_PATIENCE_S = 5.0
"""Seconds that a scorer may take before somebody wonders whether anything happens."""


class Scoring:
    """Scores the answers of a suite.

    Args:
        suite: The suite.
        say: Takes a line about a scorer of the user's that takes long, while it does.

    Attributes:
        failed: The first failure of a scorer: whoever asks models stops then.
    """

    def __init__(self, suite: Suite, say: Callable[[str], None]) -> None:
        self._suite, self._say = suite, say
        self._guard = threading.Lock()
        self._is_watched = bool(suite.scorers.sources)
        self.failed: ScorerFailed | None = None

    def judge(self, output: Output, example: Example, judging: Judging) -> tuple[float, str]:
        """Returns the quality of an output, and the reason.

        Raises:
            ScorerFailed: if a scorer raises, or returns no verdict.
            GoldenError: if a pattern of the example takes too long.
            SuiteError: if one of the suite does.
            PromptEvoError: if a model that a judge asks cannot answer.
        """
        if not output.valid:
            return 0.0, output.problem
        try:
            with self._watched(example), users_code():
                return judging.score(output, example)
        except Raised as exc:
            if judging.error is not None and exc.error is judging.error:
                raise judging.error from judging.error.__cause__
            if isinstance(exc.error, SlowPattern):
                raise self._suite.about(example, str(exc.error), exc.error.pattern) from None
            is_ours = isinstance(exc.error, WrongVerdict)
            failed = ScorerFailed(
                f"a scorer failed on example {example.id!r}: {exc.error if is_ours else exc}",
                path=self._suite.path,
            )
            self.failed = self.failed or failed
            raise failed from (None if is_ours else exc.error)

    @contextmanager
    def _watched(self, example: Example) -> Iterator[None]:
        if not self._is_watched:
            yield
            return
        timer = threading.Timer(_PATIENCE_S, self._tell, (example,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _tell(self, example: Example) -> None:
        with self._guard:
            is_first, self._is_watched = self._is_watched, False
        if is_first:
            self._say(
                f"{self._suite.name}: the scorers take more than {_PATIENCE_S:g} s for an answer "
                f"to example {example.id!r}"
            )
