"""The price of a search in calls, the same whether they are paid or replayed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.recording.record import best_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.evaluation.evaluation import Asked, Evaluation
    from pytest_promptevo.recording import Recording


class CallCounter:
    """Counts the calls that a search needs, the same whether they are paid or replayed.

    A request costs a call unless the search has asked it before, or an answer that it
    has seen serves its token limit (see `Recording.serves`).
    """

    def __init__(self) -> None:
        self._seen: dict[str, list[Recording]] = {}

    def count(self, evaluation: Evaluation) -> int:
        """Returns the calls of an evaluation that was made."""
        return self.count_asked(evaluation.calls)

    def count_asked(self, asked_now: Iterable[Asked]) -> int:
        """Returns the calls of some requests that were answered."""
        cost = 0
        for asked in asked_now:
            seen = self._seen.setdefault(asked.recording.key, [])
            if best_for(seen, asked.max_tokens) is None:
                cost += 1
                seen.append(replace(asked.recording, max_tokens=asked.max_tokens))
        return cost
